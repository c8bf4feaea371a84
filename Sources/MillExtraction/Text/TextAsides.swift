/// Amounts that running text compares a figure with, and that are none themselves.
enum TextAsides {
    private static let leads = [
        "(was", "(were", "(prior", "(previously", "(old", "(vs. our", "of which", " include", " includes", " included",
        " including",
        "of which 其中", "缩短", "延长", "(原为", "(原预测", "(前值", "(此前为", "(调整前",
    ]
    private static let ends = [
        "short of", "ahead of", "better than", "worse than", "below our", "above our", "discount rate", "terminal growth",
        "cost of equity", "cost of capital", "below consensus", "above consensus",
    ]

    /// Forecasts that are replaced (`(was $801.5M)`), parts (`of which €71 million`, `include $1.4 million of severance`) and
    /// differences (`$1.3 million short of our model`).
    ///
    /// - Parameter number: the value with its currency and scale.
    static func isAside(_ number: Range<Int>, in text: FoldedText) -> Bool {
        var start = number.lowerBound
        while start > 0, text[start - 1] == " " { start -= 1 }
        let before = text.folded(max(0, start - 12)..<start)
        let next = text.afterBlanks(number.upperBound)
        return leads.contains(where: before.hasSuffix) || ends.contains { text.after($0, at: next) != nil }
    }

    private static let ahead = WordTable<Bool>(
        lines: "yes: 预计, 预期, 预测, 预料, 料, 将, 有望, 目标, 计划, 指引, 展望, 明年, 来年, 力争, 拟"
    ) { _ in true }

    /// Whether a Chinese sentence speaks of what is to come; other languages are left to the model.
    static func looksAhead(_ value: Range<Int>, in text: FoldedText) -> Bool {
        var start = value.lowerBound
        while start > 0, value.lowerBound - start < 110, text[start - 1] != "。", text[start - 1] != "\n" { start -= 1 }
        let sentence = start..<value.lowerBound
        return !text.scalars[sentence].contains(where: \.isHan) || !ahead.all(in: text, sentence).isEmpty
    }

    private static let judgements = WordTable<Bool>(
        lines: """
            yes: target price, price target, our target, fair value, we value, valuing, values, valued, blend, peers, peer, sector average, \
            industry average, long-run average, historical average, five-year average, companies with, trade closer, apply, applying, assign, \
            给予, 可比公司, 历史市盈率, 历史, 中枢, 行业平均, 同业, 同行, 目标价, 参考
            """
    ) { _ in true }

    /// Whether the sentence up to a multiple speaks of a target, of other companies or of the past.
    static func isJudgement(_ value: Range<Int>, in text: FoldedText) -> Bool {
        var start = value.lowerBound
        while start > 0, value.lowerBound - start < 110, let scalar = text[start - 1], !["。", ";", "\n"].contains(scalar),
            !(scalar == " " && text[start - 2] == ".")
        {
            start -= 1
        }
        return !judgements.all(in: text, start..<value.lowerBound).isEmpty
    }
}
