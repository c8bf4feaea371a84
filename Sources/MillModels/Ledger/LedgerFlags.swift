/// What rules say about a token, besides the lists of words.
enum LedgerFlag: String, CaseIterable, Sendable {
    case spaceBefore = "space_before"
    case lineStart = "line_start"
    case row
    case firstCell = "first_cell"
    case firstLine = "first_line"
    case openingLines = "opening_lines"
    case inBrackets = "in_brackets"
    case capital, upper
    case upperShort = "upper_short"
    case number, signed, decimal, grouped
    case percentAfter = "percent_after"
    case unitAfter = "unit_after"
    case currencyBefore = "currency_before"
    case year
    case digits1to2 = "digits_1_2"
    case digits3 = "digits_3"
    case digits4 = "digits_4"
    case digits5 = "digits_5"
    case digits6 = "digits_6"
    case digitsMore = "digits_more"
    case date, period, newline
    case afterDot = "after_dot"
    case beforeDot = "before_dot"
    case chinese = "cjk"
    case repeated
    case inTitle = "in_title"
}

/// The flags of a token as bits; bit `i` is column `i` of `flags.weight`.
typealias LedgerFlagSet = UInt128

/// Which bit stands for which flag.
struct LedgerFlagColumns: Sendable {
    private let bits: [String: LedgerFlagSet]
    private let rules: [LedgerFlag: LedgerFlagSet]

    init(_ names: [String]) {
        var bits: [String: LedgerFlagSet] = [:]
        for (column, name) in names.enumerated() { bits[name] = 1 << LedgerFlagSet(column) }
        self.bits = bits
        rules = Dictionary(uniqueKeysWithValues: LedgerFlag.allCases.map { ($0, bits[$0.rawValue] ?? 0) })
    }

    /// The bit of a rule; none where the model has no such column.
    subscript(_ flag: LedgerFlag) -> LedgerFlagSet { rules[flag] ?? 0 }
    subscript(_ name: String) -> LedgerFlagSet { bits[name] ?? 0 }
}
