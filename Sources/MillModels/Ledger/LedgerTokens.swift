/// One token: where it lies, in code points, and what it is made of.
struct LedgerToken: Sendable, Hashable {
    enum Kind: UInt8, Sendable {
        case lineFeed = 0x6E  // n
        case number = 0x64  // d
        case word = 0x77  // w
        case chinese = 0x63  // c
        case other = 0x6F  // o

        /// The letter that stands for the kind in hashed strings.
        var letter: Unicode.Scalar { Unicode.Scalar(rawValue) }
    }

    private let first: Int32
    private let last: Int32
    let kind: Kind

    init(_ range: Range<Int>, _ kind: Kind) {
        first = Int32(truncatingIfNeeded: range.lowerBound)
        last = Int32(truncatingIfNeeded: range.upperBound)
        self.kind = kind
    }

    var start: Int { Int(first) }
    var end: Int { Int(last) }
    var range: Range<Int> { start..<end }
}

extension LedgerText {
    /// Numbers with their sign, runs of letters, single Chinese characters, single other characters, and runs of line feeds.
    func tokens() -> [LedgerToken] {
        var tokens: [LedgerToken] = []
        var place = 0
        while place < count {
            let scalar = scalars[place]
            if scalar == " " {
                place += 1
                continue
            }
            let (end, kind) = token(at: place, scalar)
            tokens.append(LedgerToken(place..<end, kind))
            place = end
        }
        return tokens
    }

    private func token(at place: Int, _ scalar: Unicode.Scalar) -> (end: Int, kind: LedgerToken.Kind) {
        if scalar == "\n" { return (lineFeeds(from: place), .lineFeed) }
        if scalar.isDigit { return (number(from: place), .number) }
        if isSign(at: place, scalar) { return (number(from: place + 1), .number) }
        if scalar.isChinese { return (place + 1, .chinese) }
        guard scalar.isLetter else { return (place + 1, .other) }
        var end = place + 1
        while end < count, scalars[end].isLetter { end += 1 }
        return (end, .word)
    }

    /// The end of the last line feed of a run of line feeds and blanks.
    private func lineFeeds(from start: Int) -> Int {
        var (place, end) = (start, start)
        while place < count, scalars[place] == "\n" || scalars[place] == " " {
            if scalars[place] == "\n" { end = place + 1 }
            place += 1
        }
        return end
    }

    private func isSign(at place: Int, _ scalar: Unicode.Scalar) -> Bool {
        guard scalar == "+" || scalar == "-", self.scalar(place + 1)?.isDigit == true else { return false }
        guard let before = self.scalar(place - 1) else { return true }
        return !(before.isDigit || before.isLetter || before == ")" || before == "." || before == "%")
    }

    /// The end of a number: digits, groups of three after commas, one decimal part.
    private func number(from start: Int) -> Int {
        func isDigit(_ place: Int) -> Bool { place < count && scalars[place].isDigit }
        var place = start
        while isDigit(place) { place += 1 }
        if place - start <= 3 {
            while scalar(place) == ",", isDigit(place + 1), isDigit(place + 2), isDigit(place + 3), !isDigit(place + 4) {
                place += 4
            }
        }
        if scalar(place) == ".", isDigit(place + 1) {
            place += 1
            while isDigit(place) { place += 1 }
        }
        return place
    }
}
