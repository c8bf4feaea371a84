/// The grammar of numbers at a place of a text.
struct NumberScan {
    let text: FoldedText
    /// Whether the number is alone in its cell, so that brackets make it negative and blanks may part its thousands.
    let isCell: Bool
    /// Whether letters that resemble digits count as such.
    let isTolerant: Bool

    init(_ text: FoldedText, isCell: Bool, isTolerant: Bool = false) {
        self.text = text
        self.isCell = isCell
        self.isTolerant = isTolerant
    }

    /// Whether a number may begin here: at a digit, sign, bracket or currency that no letter or digit precedes.
    func mayBegin(_ place: Int) -> Bool {
        guard let scalar = text[place], scalar != " " else { return false }
        let before = text[place - 1]
        if let before, before.isASCIIDigit || before == "." && text[place - 2]?.isASCIIDigit == true { return false }
        if scalar.isASCIIDigit { return before?.isLatinLetter != true && before != "." && !isInside(place) }
        if before?.isLatinLetter == true { return false }
        return scalar == "-" || scalar == "+" || scalar == "(" || UnitWords.currencies.match(text, at: place) != nil
    }

    /// Whether digits at a place are part of a number that began before: `345` of `12 345`.
    func isInside(_ place: Int) -> Bool { beginning(around: place) != nil }

    /// Where a number begins of which digits at a place are a later part: thousands, decimals, or a power of ten.
    func beginning(around place: Int) -> Int? {
        var start = place
        while start > 0, place - start < 40 {
            let (before, second) = (text[start - 1], text[start - 2])
            let isDigitBefore = second?.isASCIIDigit == true
            let isPower =
                before == "e" && isDigitBefore
                || (before == "+" || before == "-") && second == "e" && text[start - 3]?.isASCIIDigit == true
            let isJoined =
                before?.isASCIIDigit == true || (before == "." || before == ",") && isDigitBefore || text.isNarrowBlank(start - 1)
                || text.afterUnseen(start - 1) == start || isPower
                || before == " " && isDigitBefore && text.digits(at: start).count == 3
            guard isJoined else { break }
            start -= 1
        }
        while start < place, text[start]?.isASCIIDigit != true { start += 1 }
        guard start < place else { return nil }
        let first = beginning(of: start)
        guard let outer = NumberScan(text, isCell: false).number(at: first), outer.digits.lowerBound < place,
            place < outer.digits.upperBound
        else { return nil }
        return first
    }

    /// Where a number whose digits or sign begin at a place begins with its currency and bracket.
    func beginning(of place: Int) -> Int {
        var start = place
        while ["-", "+"].contains(text[start - 1]) { start -= 1 }
        for size in stride(from: min(18, start), through: 1, by: -1) {
            let candidate = start - size
            guard text[candidate] != " ", !(text[candidate]?.isLatinLetter == true && text[candidate - 1]?.isLatinLetter == true),
                let match = UnitWords.currencies.match(text, at: candidate)
            else { continue }
            let rest = text.scalars[match.end..<max(match.end, start)]
            if match.end <= start, rest.allSatisfy({ $0 == " " || $0 == "-" || $0 == "+" || $0 == "~" }) {
                start = candidate
                break
            }
        }
        if start == place, let half = scaledCurrency(at: start - 2), half.end == start { start -= 2 }
        guard text[start - 1] == "(" else { return start }
        // `USD (5.2) million` is a loss of dollars; `USD (5.2%)` is not.
        let before = beginningOfCurrency(before: start - 1)
        if let before, let number = number(at: before), number.isSigned, number.digits.contains(place) { return before }
        return start - 1
    }

    private func beginningOfCurrency(before place: Int) -> Int? {
        let end = text[place - 1] == " " ? place - 1 : place
        return (1...12).first { size in
            let start = end - size
            guard start >= 0, text[start]?.isLatinLetter != true || text[start - 1]?.isLatinLetter != true else { return false }
            return UnitWords.currencies.match(text, at: start)?.end == end
        }.map { end - $0 }
    }

    /// The number with what belongs to it, from its first character.
    func number(at start: Int) -> NumberReading? {
        var place = start
        var (isNegative, isSigned, hasBracket, currency): (Bool, Bool, Bool, String?) = (false, false, false, nil)
        // Sign, bracket and currency stand in any order.
        for _ in 0..<6 {
            place = text.afterBlanks(place)
            if let scalar = text[place], scalar == "-" || scalar == "+", !isSigned {
                (isSigned, isNegative) = (true, scalar == "-")
                place += 1
            } else if text[place] == "(", !hasBracket {
                hasBracket = true
                place += 1
            } else if currency == nil, let match = UnitWords.currencies.match(text, at: place) {
                currency = match.meaning
                place = match.end
            } else if currency == nil, let match = scaledCurrency(at: place) {
                currency = match.currency
                place = match.end
            } else if isCell, text[place] == "~" || text[place] == "约" {
                place += 1
            } else {
                break
            }
        }
        // `EUR 12 345 thousand`: behind its currency a number of running text, too, may have blanks between its thousands.
        let allowsBlanks = isCell || currency != nil
        guard let digits = DigitsScan(text, allowsBlanks: allowsBlanks, isTolerant: isTolerant).read(at: place) else {
            return nil
        }
        var reading = NumberReading(
            mantissa: digits.value, scale: nil, currency: currency, measure: nil, decimals: digits.decimals,
            digits: place..<digits.end, range: start..<digits.end, isSigned: isSigned, isCorrected: digits.isCorrected)
        readUnits(&reading, from: digits.end)
        if hasBracket {
            let closing = text.afterBlanks(reading.range.upperBound)
            if text[closing] == ")" {
                // In running text brackets are mostly brackets; with a unit behind them they are a sign.
                let after = closing + 1
                let hadUnit = reading.range.upperBound != digits.end
                reading.range = start..<after
                if !hadUnit { readUnits(&reading, from: after) }
                let isNegation = !isSigned && (isCell || !hadUnit && reading.range.upperBound != after)
                if isNegation { (isNegative, reading.isSigned) = (true, true) }
                if !isCell, !isNegation { reading.range = start + 1..<closing }
            } else if isCell {
                return nil
            } else {
                reading.range = start + 1..<reading.range.upperBound
            }
        }
        if isNegative { reading.mantissa = -reading.mantissa }
        return reading
    }

    /// `HK12 cents`, `US5.2 cents`: half a sign directly before a number.
    private func scaledCurrency(at place: Int) -> (currency: String, end: Int)? {
        guard text[place - 1]?.isLatinLetter != true else { return nil }
        for (word, code) in [("hk", "HKD"), ("us", "USD")]
        where text.has(word, at: place) && text[place + 2]?.isASCIIDigit == true {
            return (code, place + 2)
        }
        return nil
    }

    /// Scale, currency and measure after a number, each once; at most a blank stands between.
    private func readUnits(_ reading: inout NumberReading, from start: Int) {
        var place = start
        for _ in 0..<4 {
            var candidate = text[place] == " " ? place + 1 : place
            // Lines of tables that recognition takes for signs: `6.20;港元`.
            if [":", ";", "|", "}", "]"].contains(text[place]), text[place + 1]?.isHan == true { candidate = place + 1 }
            guard let match = UnitWords.match(text, at: candidate) else { break }
            let next = text[match.end]
            switch match.word {
            case .scale(let scale):
                guard reading.scale == nil, reading.measure == nil else { return finish(&reading, place, start) }
                // `m` after a blank is a unit of length or a word as well as a scale; a word does not go on after it.
                if candidate > place, match.end == candidate + 1, text[candidate]?.isLatinLetter == true, next != nil,
                    next?.isLatinLetter == true || next == "'" || next == "-"
                {
                    return finish(&reading, place, start)
                }
                reading.scale = scale
            case .currency(let code):
                guard reading.currency == nil || reading.currency == code, reading.measure == nil || reading.measure == .perShare
                else {
                    return finish(&reading, place, start)
                }
                // `12.3 $45` and `12 RMB3.4bn` begin another number.
                if next?.isASCIIDigit == true || text[candidate] == "$" { return finish(&reading, place, start) }
                reading.currency = code
            case .hundredth(let code):
                guard reading.measure == nil, reading.scale == nil else { return finish(&reading, place, start) }
                // `分` begins many words; `p` stands directly behind its number.
                if text[candidate] == "分", next?.isHan == true { return finish(&reading, place, start) }
                if text[candidate] == "p", match.end == candidate + 1, candidate > start { return finish(&reading, place, start) }
                reading.currency = code ?? reading.currency
                reading.scale = 0.01
            case .measure(let measure):
                guard reading.measure == nil else { return finish(&reading, place, start) }
                if case .physical("days") = measure, text[candidate]?.isHan == true, next?.isHan == true {
                    return finish(&reading, place, start)
                }
                reading.measure = measure
            }
            place = match.end
        }
        finish(&reading, place, start)
    }

    private func finish(_ reading: inout NumberReading, _ place: Int, _ start: Int) {
        if place > start { reading.range = reading.range.lowerBound..<max(place, reading.range.upperBound) }
    }
}

extension NumberScan {
    private static let changes = WordTable<Bool>(
        lines: "yes: yoy, y-o-y, y/y, qoq, q/q, q-o-q, hoh, h/h, pcp, year-on-year, year on year, 同比, 环比, a, e, f, p.a., pa"
    ) { _ in true }

    /// The place after the marks of notes and the words that may follow a number in its cell.
    func afterNotes(_ reading: inout NumberReading) -> Int {
        var place = reading.range.upperBound
        while true {
            let next = text.afterBlanks(place)
            if let scalar = text[next], scalar.isNoteMark {
                place = next + 1
            } else if let end = note(at: next) {
                place = end
            } else if let match = Self.changes.match(text, at: next) {
                reading.isChange = reading.isChange || match.end - next > 1
                place = match.end
            } else {
                return next == text.trimmed.upperBound ? next : place
            }
        }
    }

    /// A note in brackets after a number: `(a)`, `[1]`, `(2)`.
    private func note(at place: Int) -> Int? {
        guard text[place] == "(" || text[place] == "[" else { return nil }
        let inside = place + 1
        guard let scalar = text[inside], scalar.isLatinLetter || scalar.isASCIIDigit else { return nil }
        let end = text[inside + 1]?.isASCIIDigit == true ? inside + 2 : inside + 1
        return text[end] == ")" || text[end] == "]" ? end + 1 : nil
    }

    func isEnd(_ place: Int) -> Bool { text.afterBlanks(place) >= text.trimmed.upperBound }

    /// The second number of a range (`10–12%`, `10 to 12`), which lends the first its unit.
    func second(of first: inout NumberReading, at place: Int) -> NumberReading? {
        let here = text.afterBlanks(place)
        var start: Int?
        if text[here] == "-" || text[here] == "~" || text[here] == "至" || text[here] == "到" { start = here + 1 }
        if let end = text.after("to", at: here), here > place { start = end }
        guard let start, let after = text[text.afterBlanks(start)],
            after.isASCIIDigit || after == "$" || after.isLatinLetter || after.isHan || after == "¥",
            let second = NumberScan(text, isCell: isCell).number(at: text.afterBlanks(start)), !second.isSigned
        else { return nil }
        // `from 10 to 12`, `grew 10% to 12` are no ranges unless a dash joins them or the units agree.
        if text[here]?.isLatinLetter == true, first.measure != nil, first.measure != second.measure { return nil }
        if first.scale == nil, first.measure == nil { first.scale = second.scale }
        if first.measure == nil { first.measure = second.measure }
        if first.currency == nil { first.currency = second.currency }
        return second
    }

    /// The digit that a letter resembles, in one form.
    static func resembled(_ scalar: Unicode.Scalar) -> Int? {
        switch scalar {
        case "o": 0
        case "l", "i", "|": 1
        default: nil
        }
    }
}
