/// What captions, column headers and row labels say about the numbers of a table.
public struct UnitReading: Sendable, Hashable {
    public var currency: String?
    public var scale: Double?
    public var measure: Measure?
    /// The code points that it was read from.
    public var range: Range<Int>

    static let percent = UnitReading(measure: .percent, range: 0..<0)

    var isEmpty: Bool { currency == nil && scale == nil && measure == nil }
}

/// Reads `RMB million, unless otherwise stated`, `单位：百万元`, `HK$'000`, `Revenue (RMB m)`.
public struct UnitReader: Sendable {
    public init() {}

    /// The unit that a caption or the text above a table states.
    public func caption(_ text: String) -> UnitReading? { caption(FoldedText(text)) }

    /// - Parameter isRunning: whether amounts may stand in the text, so that only stated units count (`in RMB million`, `单位：`).
    func caption(_ text: FoldedText, isRunning: Bool = false) -> UnitReading? {
        guard text.count <= 600 else { return nil }
        let marked = markers(in: text)
        var best: UnitReading?
        var place = 0
        while place < text.count {
            let isInside = text[place]?.isLatinLetter == true && text[place - 1]?.isLatinLetter == true
            // `3亿美元债券` is an amount, no unit.
            let isCounted =
                text[place - 1]?.isASCIIDigit == true || text[place - 1] == " " && text[place - 2]?.isASCIIDigit == true
            guard !isInside, !isCounted, let reading = sequence(text, at: place) else {
                place += 1
                continue
            }
            let isMarked = marked.contains { $0 <= place && text.scalars[$0..<place].allSatisfy { $0 == " " || $0 == ":" } }
            // `(股份代号)` begins with a word of its own.
            let goesOn =
                reading.currency == nil && reading.scale == nil
                && (text[reading.range.upperBound].map { $0.isHan || $0.isLatinLetter } ?? false)
            let isBracketed = ["(", "["].contains(text[place - 1]) && !goesOn || isAll(text, reading.range)
            // `分` and `p` alone are mostly parts of words.
            let isWhole = reading.currency != nil && reading.scale != nil && (reading.range.count > 1 || isBracketed)
            let isLong = reading.range.count > 1 || isBracketed || isMarked && reading.currency != nil
            if isWhole || (isMarked || isBracketed) && isLong,
                reading.measure == nil || reading.measure != .count
            {
                if isRunning, !isMarked, !isBracketed {
                    place = reading.range.upperBound
                    continue
                }
                if isWhole { return reading }
                best = best ?? reading
            }
            place = reading.range.upperBound
        }
        return best
    }

    /// A header or label that is nothing but a unit.
    func whole(_ text: FoldedText) -> UnitReading? {
        let trimmed = text.trimmed
        guard !trimmed.isEmpty, trimmed.count <= 80 else { return nil }
        return region(text, trimmed)
    }

    /// The unit that a label carries in brackets, after a comma or at its end, and the name without it.
    public func label(_ label: String) -> (name: String, unit: UnitReading?) {
        let text = FoldedText(label)
        let (name, unit) = self.label(text)
        return (text.original(name), unit)
    }

    func label(_ text: FoldedText) -> (name: Range<Int>, unit: UnitReading?) {
        let all = text.trimmed
        guard all.count <= Self.longestLabel else { return (all, nil) }
        var place = all.lowerBound
        while place < all.upperBound {
            if text[place] == "(" || text[place] == "[",
                let close = text.scalars[place..<all.upperBound].firstIndex(where: { $0 == ")" || $0 == "]" }),
                let unit = bracketed(text, place + 1..<close)
            {
                // `每股资料（元）每股经营现金`: the heading of a group that runs into its first row.
                let rest = text.afterBlanks(close + 1)..<all.upperBound
                let heading = text.folded(all.lowerBound..<place)
                if rest.count >= 3, ["资料", "指标", "数据"].contains(where: heading.hasSuffix) { return (rest, unit) }
                return (all.lowerBound..<place, unit)
            }
            place += 1
        }
        if let comma = text.scalars[all].lastIndex(where: { $0 == "," || $0 == ":" || $0 == "-" }), comma > all.lowerBound,
            let unit = region(text, comma + 1..<all.upperBound)
        {
            return (all.lowerBound..<comma, unit)
        }
        // `Growth %`, `P/E x`, `Revenue RMB m`: at the end after a blank; `Net assets per share` is a name.
        for count in [3, 2, 1] {
            var start = all.upperBound
            for _ in 0..<count {
                while start > all.lowerBound, text[start - 1] == " " { start -= 1 }
                while start > all.lowerBound, text[start - 1] != " " { start -= 1 }
            }
            guard start > all.lowerBound, let unit = region(text, start..<all.upperBound) else { continue }
            let isUnit = unit.currency != nil || [.percent, .times, .percentagePoints, .basisPoints].contains(unit.measure)
            if isUnit { return (all.lowerBound..<start, unit) }
        }
        if all.count > 1, text[all.upperBound - 1] == "%" {
            let sign = all.upperBound - 1
            return (all.lowerBound..<sign, UnitReading(measure: .percent, range: sign..<all.upperBound))
        }
        return (all, nil)
    }

    // MARK: Grammar

    /// Longer texts are no labels.
    private static let longestLabel = 300

    private static let fillers = WordTable<Bool>(
        lines: """
            yes: in, of, the, unit, units:, unit:, expressed, all figures, figures, amounts, stated, except per share data, except per-share data, except per share, except for per share data, except eps, \
            unless otherwise stated, unless otherwise noted, unless otherwise specified, unless stated otherwise, otherwise stated, except where noted, except where otherwise stated, and, 单位, 货币单位, 计价单位, 金额单位, 币种, 除特别注明外, 除另有说明外, 除每股数据外, 每股数据除外
            """
    ) { _ in true }
    private static let separators: Set<Unicode.Scalar> = [" ", ":", ",", ";", "(", ")", "/", ".", "\n"]

    /// Money per whatever it may be: `US$/lb`, `元/公斤`.
    private func perQuantity(_ text: FoldedText, _ range: Range<Int>) -> UnitReading? {
        guard let money = UnitWords.currencies.match(text, at: range.lowerBound), text[money.end] == "/",
            range.upperBound - money.end <= 10, range.upperBound > money.end + 1
        else { return nil }
        let quantity = text.folded(money.end + 1..<range.upperBound).trimmedBlanks
        return UnitReading(currency: money.meaning, measure: .physical(quantity), range: range)
    }

    /// The unit in brackets, of which it may be only a part: `(元/股，摊薄)`.
    private func bracketed(_ text: FoldedText, _ range: Range<Int>) -> UnitReading? {
        if let unit = region(text, range) { return unit }
        guard let comma = text.scalars[range].firstIndex(where: { $0 == "," || $0 == "、" || $0 == ";" }) else {
            return perQuantity(text, range)
        }
        return region(text, range.lowerBound..<comma) ?? region(text, comma + 1..<range.upperBound)
    }

    /// Unit words and fillers, nothing else.
    private func region(_ text: FoldedText, _ range: Range<Int>) -> UnitReading? {
        var reading = UnitReading(range: range)
        var place = range.lowerBound
        while place < range.upperBound {
            if let end = take(text, place, &reading), end <= range.upperBound {
                place = end
            } else if let filler = Self.fillers.match(text, at: place), filler.end <= range.upperBound {
                place = filler.end
            } else if let scalar = text[place], Self.separators.contains(scalar) {
                place += 1
            } else {
                return nil
            }
        }
        return reading.isEmpty ? nil : reading
    }

    /// Takes one unit word; nil where none stands or it contradicts what was taken.
    private func take(_ text: FoldedText, _ place: Int, _ reading: inout UnitReading) -> Int? {
        if reading.currency != nil, reading.scale == nil, let end = text.after("000", at: place) {
            reading.scale = 1000
            return end
        }
        guard let match = UnitWords.match(text, at: place) else { return nil }
        switch match.word {
        case .currency(let code):
            // `人民币百万元`: the second only says what is counted.
            guard reading.currency == nil || reading.currency == code || text[place] == "元" else { return nil }
            reading.currency = reading.currency ?? code
        case .scale(let scale):
            guard reading.scale == nil else { return nil }
            reading.scale = scale
        case .hundredth(let code):
            guard reading.scale == nil else { return nil }
            reading.scale = 0.01
            reading.currency = code ?? reading.currency
        case .measure(let measure):
            guard reading.measure == nil else { return nil }
            reading.measure = measure
        }
        return match.end
    }

    /// The unit words that follow one another from a place, with `in`, `of` and blanks between.
    private func sequence(_ text: FoldedText, at start: Int) -> UnitReading? {
        var reading = UnitReading(range: start..<start)
        var (place, end) = (start, start)
        while let taken = take(text, place, &reading) {
            end = taken
            place = taken
            while let scalar = text[place], scalar == " " || scalar == "(" || scalar == "/" { place += 1 }
            for word in ["in", "of"] { if let after = text.after(word, at: place) { place = text.afterBlanks(after) } }
        }
        guard !reading.isEmpty else { return nil }
        reading.range = start..<end
        return reading
    }

    /// Where words end that a unit follows: `单位：`, `in`.
    private func markers(in text: FoldedText) -> [Int] {
        (0..<text.count).flatMap { place in
            ["单位", "货币单位", "unit", "units", "in", "币种", "currency"].compactMap { word in
                text[place - 1]?.isLatinLetter == true ? nil : text.after(word, at: place)
            }
        }
    }

    private func isAll(_ text: FoldedText, _ range: Range<Int>) -> Bool {
        let all = text.trimmed
        let before = text.scalars[all.lowerBound..<max(all.lowerBound, range.lowerBound)]
        let after = text.scalars[min(range.upperBound, all.upperBound)..<all.upperBound]
        return (Array(before) + Array(after)).allSatisfy { !$0.isLatinLetter && !$0.isHan && !$0.isASCIIDigit }
    }
}
