/// The digits of a number with the separators between them.
struct DigitsScan {
    struct Reading {
        let value: Double
        let decimals: Int
        let end: Int
        let isCorrected: Bool
    }

    private let text: FoldedText
    /// Whether blanks may part thousands: `1 234 567`.
    private let allowsBlanks: Bool
    /// Whether letters may stand for the digits that they resemble, and a blank after a separator is passed over.
    private let isTolerant: Bool

    /// Longer ones are no figures.
    private static let longest = 32

    init(_ text: FoldedText, allowsBlanks: Bool, isTolerant: Bool) {
        self.text = text
        self.allowsBlanks = allowsBlanks
        self.isTolerant = isTolerant
    }

    /// The groups of digits from a place and the separators before each but the first.
    private struct Groups {
        var digits: [[Int]] = []
        var separators: [Unicode.Scalar] = []
        var ends: [Int] = []
        var isCorrected = false
    }

    func read(at start: Int) -> Reading? {
        let groups = groups(at: start)
        guard !groups.digits.isEmpty, groups.digits.reduce(0, { $0 + $1.count }) <= Self.longest else { return nil }
        let (count, decimals) = shape(groups)
        let whole = groups.digits[..<count].flatMap { $0 }
        let fraction = decimals ? groups.digits[count] : []
        var number = ""
        for digit in whole { number += String(digit) }
        if !fraction.isEmpty { number += "." + fraction.map(String.init).joined() }
        guard let value = Double(number) else { return nil }
        let end = groups.ends[decimals ? count : count - 1]
        let reading = Reading(value: value, decimals: fraction.count, end: end, isCorrected: groups.isCorrected)
        return withPower(withFraction(reading))
    }

    /// `12½`.
    private func withFraction(_ reading: Reading) -> Reading {
        guard let scalar = text[reading.end], let parts = Self.fractions[scalar], reading.decimals == 0 else { return reading }
        return Reading(
            value: reading.value + parts.value, decimals: parts.decimals, end: reading.end + 1, isCorrected: reading.isCorrected)
    }

    private static let fractions: [Unicode.Scalar: (value: Double, decimals: Int)] = [
        "½": (0.5, 1), "¼": (0.25, 2), "¾": (0.75, 2), "⅓": (1.0 / 3, 2), "⅔": (2.0 / 3, 2), "⅛": (0.125, 3), "⅜": (0.375, 3),
        "⅝": (0.625, 3), "⅞": (0.875, 3),
    ]

    /// `1e3`, `1.5E+6`; nil for powers beyond all money.
    private func withPower(_ reading: Reading) -> Reading? {
        guard text[reading.end] == "e" else { return reading }
        let isSigned = text[reading.end + 1] == "+" || text[reading.end + 1] == "-"
        let digits = text.digits(at: reading.end + (isSigned ? 2 : 1), limit: 4)
        guard let size = text.integer(digits), text[digits.upperBound]?.isLatinLetter != true else { return reading }
        guard size <= 18 else { return nil }
        let power = text[reading.end + 1] == "-" ? -size : size
        let factor = (0..<size).reduce(1.0) { factor, _ in factor * 10 }
        return Reading(
            value: power < 0 ? reading.value / factor : reading.value * factor, decimals: max(0, reading.decimals - power),
            end: digits.upperBound, isCorrected: reading.isCorrected)
    }

    /// How many groups make the whole part, and whether the next is the fraction.
    private func shape(_ groups: Groups) -> (whole: Int, hasFraction: Bool) {
        let separators = groups.separators
        guard let first = separators.first else { return (1, false) }
        func size(_ index: Int) -> Int { groups.digits[index].count }
        switch first {
        case ".":
            // Several points, each before three digits, are a European grouping: `1.234.567,8`.
            let points = separators.prefix { $0 == "." }.count
            let isGrouping = points >= 2 && (1...points).allSatisfy { size($0) == 3 }
            if isGrouping { return (points + 1, separators.count > points && separators[points] == ",") }
            let isEuropean =
                points == 1 && separators.count > 1 && separators[1] == "," && size(1) == 3 && size(2) != 3 && size(0) <= 3
            return isEuropean ? (2, true) : (1, true)
        case ",", "'", " ":
            var count = 1
            while count <= separators.count, separators[count - 1] == first, isGroup(count, groups) { count += 1 }
            if count > 1 { return (count, separators.count >= count && separators[count - 1] == ".") }
            // `12,5`: a comma before one, two or four digits is a decimal comma; a blank or quote ends the number.
            return first == "," && separators.count == 1 && size(1) != 3 && size(1) <= 4 && size(0) <= 3 ? (1, true) : (1, false)
        default: return (1, false)
        }
    }

    /// Whether a group of digits is one of thousands: three digits, or two as in India with three at the end.
    private func isGroup(_ index: Int, _ groups: Groups) -> Bool {
        let digits = groups.digits
        guard digits[0].count <= 3 else { return false }
        if digits[index].count == 3 { return true }
        guard digits[index].count == 2, digits[0].count <= 2, groups.separators[index - 1] == "," else { return false }
        var last = index
        while last < groups.separators.count, groups.separators[last] == "," { last += 1 }
        return last > index && digits[last].count == 3 && (index..<last).allSatisfy { digits[$0].count == 2 }
    }

    private func groups(at start: Int) -> Groups {
        var groups = Groups()
        var place = start
        while true {
            var run: [Int] = []
            let begin = place
            while run.count <= Self.longest, let digit = digit(at: place) {
                if text[place]?.isASCIIDigit != true { groups.isCorrected = true }
                run.append(digit)
                place += 1
                let next = text.afterUnseen(place)
                if next > place, self.digit(at: next) != nil || text[next] == "." || text[next] == "," { place = next }
            }
            // A letter alone is no number.
            guard !run.isEmpty, text.scalars[begin..<place].contains(where: \.isASCIIDigit) || !groups.digits.isEmpty else {
                groups.separators = Array(groups.separators.prefix(max(0, groups.digits.count - 1)))
                return groups
            }
            groups.digits.append(run)
            groups.ends.append(place)
            guard let next = separator(at: place), groups.digits.count < 16 else { return groups }
            groups.separators.append(next.scalar)
            if next.isCorrected { groups.isCorrected = true }
            place = next.end
        }
    }

    private func digit(at place: Int) -> Int? {
        guard let scalar = text[place] else { return nil }
        if scalar.isASCIIDigit { return Int(scalar.value - 48) }
        guard isTolerant, let resembled = NumberScan.resembled(scalar) else { return nil }
        // Beside a digit or separator only, not in a word.
        let isBeside = [text[place - 1], text[place + 1]].contains {
            $0.map { $0.isASCIIDigit || $0 == "." || $0 == "," } ?? false
        }
        return isBeside ? resembled : nil
    }

    private func separator(at place: Int) -> (scalar: Unicode.Scalar, end: Int, isCorrected: Bool)? {
        guard let scalar = text[place] else { return nil }
        let after = text.afterUnseen(place + 1)
        let isDigitNext = digit(at: after) != nil
        switch scalar {
        case ".", ",":
            if isDigitNext { return (scalar, after, false) }
            let isSplit = isTolerant && allowsBlanks && text[place + 1] == " " && digit(at: place + 2) != nil
            return isSplit ? (scalar, place + 2, true) : nil
        case "'": return isDigitNext && text.digits(at: place + 1).count == 3 ? (scalar, place + 1, false) : nil
        case " ":
            let isParting = allowsBlanks || text.isNarrowBlank(place)
            return isParting && text.digits(at: place + 1).count == 3 ? (scalar, place + 1, false) : nil
        default: return nil
        }
    }
}
