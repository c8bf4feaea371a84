/// 32-bit FNV-1a over the UTF-8 of code points.
struct LedgerHash {
    private(set) var value: UInt32 = 2_166_136_261

    /// - Parameter seed: the letter that tells the four strings of a token apart.
    init(seed: Unicode.Scalar) { add(seed) }

    mutating func add(_ scalar: Unicode.Scalar) {
        for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { value = (value ^ UInt32(byte)) &* 16_777_619 }
    }

    mutating func add(_ scalars: some Sequence<Unicode.Scalar>) {
        for scalar in scalars { add(scalar) }
    }
}

extension LedgerText {
    /// The four hashed strings of a token (`docs/models/ledger.md`, Tokens → hashes).
    func hashes(of index: Int, in tokens: [LedgerToken]) -> [UInt32] {
        let token = tokens[index]
        let before = index > 0 ? tokens[index - 1] : nil
        let after = index + 1 < tokens.count ? tokens[index + 1] : nil
        var (name, head, tail) = (LedgerHash(seed: "w"), LedgerHash(seed: "a"), LedgerHash(seed: "b"))
        var around = LedgerHash(seed: "s")
        around.add(before?.kind.letter ?? "^")
        switch token.kind {
        case .lineFeed:
            name.add("\n")
            head.add("\n")
            tail.add("\n")
            around.add(token.kind.letter)
        case .chinese:
            let character = scalars[token.start]
            name.add(character)
            head.add(before.flatMap { $0.kind == .chinese ? scalars[$0.start] : nil } ?? "_")
            head.add(character)
            tail.add(character)
            tail.add(after.flatMap { $0.kind == .chinese ? scalars[$0.start] : nil } ?? "_")
            around.add(token.kind.letter)
        case .number:
            let number = LedgerNumber(self, token)
            if number.isYear {
                name.add("0Y".unicodeScalars)
            } else if number.isSmall {
                name.add("0#".unicodeScalars)
                name.add(number.plain)
            } else {
                name.add("0")
                name.add(number.digits.lazy.map(\.shape))
            }
            head.add(number.digits.prefix(3).lazy.map(\.shape))
            tail.add("\(min(number.wholeCount, 9))\(number.isDecimal ? "." : "")".unicodeScalars)
            around.add(token.kind.letter)
        case .word, .other:
            name.add(lower[token.range])
            head.add(lower[token.range].prefix(3))
            tail.add(lower[token.range].suffix(3))
            if token.kind == .word {
                around.add(scalars[token.start].shape)
                around.add(scalars[token.end - 1].shape)
                around.add("\(min(token.range.count, 6))".unicodeScalars)
            } else {
                around.add(token.kind.letter)
                around.add(scalars[token.start])
            }
        }
        around.add(after?.kind.letter ?? "$")
        return [name.value, head.value, tail.value, around.value]
    }
}

/// What the rules want to know about a number.
struct LedgerNumber {
    /// Without the sign.
    let digits: ArraySlice<Unicode.Scalar>
    let isSigned: Bool
    let isDecimal: Bool
    let isGrouped: Bool
    /// How many digits stand before the point.
    let wholeCount: Int

    init(_ text: LedgerText, _ token: LedgerToken) {
        let scalars = text.scalars[token.range]
        isSigned = scalars.first?.isDigit == false
        digits = isSigned ? scalars.dropFirst() : scalars
        isDecimal = digits.contains(".")
        isGrouped = digits.contains(",")
        wholeCount = digits.prefix { $0 != "." }.count { $0 != "," }
    }

    /// The digits without commas.
    var plain: some Sequence<Unicode.Scalar> { digits.lazy.filter { $0 != "," } }

    /// A year from 1980 to 2059, without sign.
    var isYear: Bool {
        guard !isSigned, !isDecimal, wholeCount == 4 else { return false }
        return (1980...2059).contains(value)
    }

    /// A whole number up to 12 of at most two digits.
    var isSmall: Bool { !isDecimal && wholeCount <= 2 && value <= 12 }

    /// Of numbers with few digits.
    private var value: Int { plain.reduce(0) { ($0 * 10 + Int($1.value) - 0x30) % 100_000 } }
}
