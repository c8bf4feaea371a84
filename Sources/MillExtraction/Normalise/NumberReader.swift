/// Reads numbers: `1,234.5`, `HK$3.4 billion`, `1.2万亿元`, `(3.4)%`, `25个基点`, `12.3x`.
public struct NumberReader: Sendable {
    public init() {}

    /// Reads a cell that holds nothing but a number.
    public func content(of cell: String) -> NumberContent {
        let text = FoldedText(cell)
        let all = text.trimmed
        if all.isEmpty || Self.isAbsent(text, all) { return .absent }
        for isTolerant in [false, true] {
            guard !isTolerant || Self.isNearlyNumeric(text, all) else { continue }
            let scan = NumberScan(text, isCell: true, isTolerant: isTolerant)
            guard var first = scan.number(at: all.lowerBound) else { continue }
            let end = scan.afterNotes(&first)
            if end == all.upperBound { return .number(first) }
            if let second = scan.second(of: &first, at: end), scan.isEnd(second.range.upperBound) { return .range(first, second) }
        }
        return .other
    }

    /// The first number of a text, which may stand among words; nil for a range or none.
    public func first(in text: String) -> NumberReading? { first(in: FoldedText(text), from: 0) }

    func first(in text: FoldedText, from place: Int) -> NumberReading? {
        let scan = NumberScan(text, isCell: false)
        var place = place
        while place < text.count {
            if scan.mayBegin(place), var number = scan.number(at: place) {
                if scan.second(of: &number, at: number.range.upperBound) != nil { return nil }
                return number
            }
            place += 1
        }
        return nil
    }

    /// The number whose digits begin in a range of running text, with what stands around it.
    func around(_ range: Range<Int>, in text: FoldedText) -> NumberContent {
        let scan = NumberScan(text, isCell: false, isTolerant: true)
        var start = range.lowerBound
        while start < range.upperBound, let scalar = text[start], !scalar.isASCIIDigit, !["-", "+"].contains(scalar) {
            // A letter that resembles a digit begins a misread number.
            if NumberScan.resembled(scalar) != nil, text[start + 1]?.isASCIIDigit == true { break }
            start += 1
        }
        start = scan.beginning(of: start)
        // The second number of `$3.40-$3.50` is no value of its own.
        for dash in [start, start - 1] where text[dash] == "-" || text[dash] == "~" || text[dash] == "至" {
            if let before = text[dash - 1], before.isASCIIDigit || before == "%" { return .other }
        }
        guard var number = scan.number(at: start) else { return .other }
        // The model may take the last part of a number for all of it.
        if let whole = scan.beginning(around: number.digits.lowerBound), let outer = scan.number(at: whole) { number = outer }
        if let second = scan.second(of: &number, at: number.range.upperBound) {
            // The range names one of both, or both.
            return .range(number, second)
        }
        return .number(number)
    }

    private static let absences: Set<String> = [
        "-", "--", "---", "n.a.", "n.a", "na", "n/a", "nm", "n.m.", "n.m", "n/m", "..", "...", "…", "不适用", "无", "—", "/", "nil",
        "n.a .",
        "不適用",
    ]

    private static func isAbsent(_ text: FoldedText, _ range: Range<Int>) -> Bool {
        range.count <= 5 && absences.contains(text.folded(range))
    }

    /// Whether at least half of the letters and digits are digits, and no word stands there.
    private static func isNearlyNumeric(_ text: FoldedText, _ range: Range<Int>) -> Bool {
        var (digits, letters) = (0, 0)
        for scalar in text.scalars[range] {
            if scalar.isASCIIDigit { digits += 1 } else if scalar.isLatinLetter || scalar.isHan { letters += 1 }
        }
        return digits > 0 && digits >= letters && range.count <= 24
    }
}
