/// The patterns over the lower-case text (`docs/models/ledger.md`, Tokens → flags).
enum LedgerPatterns {
    private static let months = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"

    static let date = ScalarPattern(
        #"(?:19|20)\d\d ?[-/.年] ?\d{1,2} ?[-/.月] ?\d{1,2}日?|\d{1,2}月\d{1,2}日|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d"#
            + #"|\d{1,2}(?:st|nd|rd|th)?[ -]"# + months + #"[a-z]*(?:[ -](?:20)?\d\d(?!\d))?"#
            + "|" + months + #"[a-z]* \d{1,2}(?:, ?20\d\d|(?![\d.]))"#)

    static let period = ScalarPattern(
        #"(?<![a-z0-9.])(?:fy ?'?(?:20)?\d\d(?:/\d\d)?(?:[-/](?:20)?\d\d)?[aefp]?"#
            + #"|[1-4] ?q(?: ?fy)? ?'?(?:20)?\d\d[aefp]?|[12] ?h(?: ?fy)? ?'?(?:20)?\d\d[aefp]?"#
            + #"|q[1-4](?: ?fy)?[ -]?'?(?:20)?\d\d[aefp]?|h[12](?: ?fy)?[ -]?'?(?:20)?\d\d[aefp]?"#
            + #"|(?:3|6|9|8|7|11|10)m'?\d\d|20\d\d ?(?:q[1-4]|h[12])|(?:20)?\d\d[aefp](?![a-z])"#
            + #"|[1-4]q(?![a-z0-9])|q[1-4](?![a-z0-9])|h[12](?![a-z0-9])|[12]h(?![a-z0-9]))"#
            + #"|20\d\d(?:[-/~]20\d\d)?年(?:度|[一二三四]季度|第[一二三四]季度|上半年|下半年|前三季度|中期|\d{1,2}月(?!\d))?"#
            + #"|20\d\d财年|\d{1,2}(?:-\d{1,2})?月份?(?!\d)|[12]\d年"#)

    /// Periods that speak of one other figure.
    static let relativePeriod = ScalarPattern(
        "year (?:earlier|ago|before)|(?:same|prior|previous|corresponding) (?:period|quarter|year|half|month)|last year"
            + "|上年|去年|前一年|上一年|上一?季度|同期")

    /// What between a value and a period says that they belong together.
    static let byTime = ScalarPattern(" (?:in|for|during|by|at|of|over)(?: the)? ")

    /// What may stand between a value and the metric that it belongs to.
    static let of = ScalarPattern(
        "(?: ?(?:of|in|worth of)(?: (?:the|its|total|net|adjusted|record|in))?| ?的)? ?")
}
