/// What words in the header of a column, or in the label of a row, say about its values.
enum HeaderWords {
    enum Role: Sendable, Hashable {
        /// A change against a year before, or against the quarter before.
        case change, changeOnQuarter
        case notes
        /// Forecasts that the report replaces.
        case old
        case actual, estimate, consensus
        /// Shares of a whole.
        case share
    }

    static let roles = WordTable<Role>(
        lines: """
            change: change, changes, chg, chg., yoy, y-o-y, y/y, year-on-year, growth, variance, var., increase/(decrease), increase / (decrease), +/-, +/- %, 同比, 同比增减, 同比变动, 变动, 变化, 增减, 增减幅度, 增长率, 增速, 变动幅度, 增幅
            quarter: qoq, q-o-q, q/q, hoh, h/h, 环比, 环比增减, 环比变动
            notes: note, notes, 附注
            old: old, previous, prior estimate, before, 原, 原预测, 调整前, 前次, 旧
            actual: actual, actuals, 实际, 实际值, reported
            estimate: estimate, estimates, our estimate, our forecast, forecast, 预测, 预测值, 预期, new, 调整后, 新预测
            consensus: consensus, street, market consensus, 一致预期, 市场预期, 市场一致预期
            share: % of total, % of revenue, % of nav, weight, weighting, mix, 占比, 比重, 权重, 占总收入比例, share of revenue
            """
    ) { name in
        switch name {
        case "change": .change
        case "quarter": .changeOnQuarter
        case "notes": .notes
        case "old": .old
        case "actual": .actual
        case "estimate": .estimate
        case "consensus": .consensus
        default: .share
        }
    }

    static func roles(of text: FoldedText) -> Set<Role> { Set(roles.all(in: text, 0..<text.count).map(\.meaning)) }

    /// Whether a text is nothing but words for a change: `YoY (%)`, `Change`, `增长率(%)`, `growth`.
    static func isOnlyChange(_ text: FoldedText) -> Bool {
        let found = roles.all(in: text, 0..<text.count).filter { $0.meaning == .change || $0.meaning == .changeOnQuarter }
        guard !found.isEmpty else { return false }
        var rest = Array(text.scalars)
        for item in found { for place in item.range { rest[place] = " " } }
        var plain = ""
        for scalar in rest where scalar.isLatinLetter || scalar.isHan { plain.unicodeScalars.append(scalar) }
        return ["", "pp", "bp", "bps", "ppt", "ppts", "rate", "in", "个百分点", "百分点", "率", "pct", "比"].contains(plain)
    }
}
