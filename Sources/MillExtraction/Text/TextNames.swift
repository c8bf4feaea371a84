/// Names of metrics in running text, of which the model leaves parts at their ends.
struct TextNames {
    let names: MetricNames

    /// Words that stand between a name and its value, or before a name, and belong to neither.
    private static let particles: Set<Unicode.Scalar> = Set(
        "为是达至约近超增降升从由到较同在的了共有仅涨跌占各每已将第按实现与和及或等也均仍则其但而且并本该我们公司预计年月日今去上下前后其中拥完成录得计按照受因以对于季度半期初末"
            .unicodeScalars)

    private static let things: Set<String> = [
        "stores", "shops", "employees", "customers", "outlets", "hotels", "rooms", "users", "vehicles", "members", "vessels",
        "branches", "restaurants", "patents", "subscribers", "days", "ratio", "rate", "margin", "volume", "volumes",
    ]

    /// The whole name around a part of it.
    ///
    /// - Parameter value: where the value stands, if in the same text.
    func whole(_ range: Range<Int>, before value: Range<Int>?, in text: FoldedText) -> Range<Int> {
        guard !range.isEmpty else { return range }
        var range = range
        if text[range.upperBound - 1]?.isHan == true {
            range = toTheRight(range, value, text)
            if !names.isKnown(text.original(range)) { range = toTheLeft(range, text) }
            return range
        }
        range = withAdjectives(range, text)
        // `outlet` of `outlet stores`.
        let next = text.afterBlanks(range.upperBound)
        var end = next
        while let scalar = text[end], scalar.isLatinLetter { end += 1 }
        if end > next, next > range.upperBound, value.map({ end <= $0.lowerBound }) ?? true,
            Self.things.contains(text.folded(next..<end))
        {
            return range.lowerBound..<end
        }
        return range
    }

    private static let adjectives: Set<String> = [
        "annual", "net", "gross", "average", "daily", "organic", "adjusted", "underlying", "comparable", "operating", "free",
        "core",
        "diluted", "basic", "final", "interim", "special", "same-store", "like-for-like", "recurring", "pre-tax", "headline",
    ]

    /// With the words before it that make it another metric: `recurring revenue` of `annual recurring revenue`.
    private func withAdjectives(_ range: Range<Int>, _ text: FoldedText) -> Range<Int> {
        var start = range.lowerBound
        for _ in 0..<2 {
            guard text[start - 1] == " " else { break }
            var word = start - 1
            while let scalar = text[word - 1], scalar.isLatinLetter || scalar == "-" { word -= 1 }
            guard word < start - 1, Self.adjectives.contains(text.folded(word..<start - 1)) else { break }
            start = word
        }
        return start..<range.upperBound
    }

    private static let payments = [
        "中期股息", "末期股息", "特别股息", "现金股息", "中期股利", "现金红利", "股息", "股利", "红利", "盈利", "收益", "派息", "分红", "净资产",
    ]

    /// `中期股息每股8.2港仙` speaks of `每股中期股息`.
    static func perShare(_ end: Int, in text: FoldedText) -> String? {
        let before = text.folded(max(0, end - 16)..<end)
        return payments.first { before.contains($0 + "每股") || before.contains($0 + "为每股") }.map { "每股" + $0 }
    }

    /// Up to the value where only one or two characters part them: `在运飞` of `在运飞机58架`.
    private func toTheRight(_ range: Range<Int>, _ value: Range<Int>?, _ text: FoldedText) -> Range<Int> {
        if let value, value.lowerBound > range.upperBound, value.lowerBound - range.upperBound <= 2,
            !names.isKnown(text.original(range)), UnitWords.match(text, at: range.upperBound) == nil,
            text.scalars[range.upperBound..<value.lowerBound].allSatisfy({ $0.isHan && !Self.particles.contains($0) })
        {
            return range.lowerBound..<value.lowerBound
        }
        if let next = text[range.upperBound], ["入", "出", "率", "额", "量"].contains(next) {
            return range.lowerBound..<range.upperBound + 1
        }
        return range
    }

    /// Back to the beginning of the clause where only a few characters part them: `工程款` of `未付工程款`.
    private func toTheLeft(_ range: Range<Int>, _ text: FoldedText) -> Range<Int> {
        var start = range.lowerBound
        while range.lowerBound - start <= 3, let scalar = text[start - 1], scalar.isHan, !Self.particles.contains(scalar) {
            start -= 1
        }
        let isClause = text[start - 1].map { !$0.isHan && !$0.isLatinLetter && !$0.isASCIIDigit } ?? true
        return isClause && range.lowerBound - start <= 3 ? start..<range.upperBound : range
    }
}
