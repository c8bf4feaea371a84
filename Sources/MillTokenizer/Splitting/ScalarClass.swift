import MillValue

/// A set of characters of a regular expression: ranges, Unicode categories and the classes `\s`, `\w`, `\d`.
struct ScalarClass: Sendable, Hashable {
    enum Item: Sendable, Hashable {
        case ranges(ScalarSet)
        /// Bits of ``Unicode/GeneralCategory`` by ``ScalarClass/bit(_:)``.
        case categories(UInt32)
        case space, word
        indirect case not(ScalarClass)
    }

    private let items: [Item]
    private let isInverted: Bool
    /// Membership of the ASCII characters.
    private var ascii: (low: UInt64, high: UInt64) = (0, 0)

    init(_ items: [Item], isInverted: Bool = false) {
        self.items = items
        self.isInverted = isInverted
        for value in UInt8(0)..<128 where slowContains(Unicode.Scalar(value)) {
            if value < 64 { ascii.low |= 1 << UInt64(value) } else { ascii.high |= 1 << UInt64(value - 64) }
        }
    }

    static let word = ScalarClass([.word])

    init(_ scalar: Unicode.Scalar) { self.init([.ranges(ScalarSet(scalar))]) }

    static func == (left: ScalarClass, right: ScalarClass) -> Bool {
        left.items == right.items && left.isInverted == right.isInverted
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(items)
        hasher.combine(isInverted)
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 64 { return ascii.low >> UInt64(scalar.value) & 1 == 1 }
        if scalar.value < 128 { return ascii.high >> UInt64(scalar.value - 64) & 1 == 1 }
        return slowContains(scalar)
    }

    private func slowContains(_ scalar: Unicode.Scalar) -> Bool {
        for item in items where Self.contains(item, scalar) { return !isInverted }
        return isInverted
    }

    private static func contains(_ item: Item, _ scalar: Unicode.Scalar) -> Bool {
        switch item {
        case .ranges(let set): set.contains(scalar)
        case .categories(let mask): mask & categoryBit(scalar) != 0
        case .space: CharacterClass(scalar).isSpace
        // Oniguruma counts the numbers of Latin-1 that are no digits (²) as well, and none beyond.
        case .word: scalar.isWord || scalar.value < 256 && CharacterClass(scalar) == .number
        case .not(let other): !other.contains(scalar)
        }
    }

    /// With the other case of every letter, as far as the patterns of vocabularies need it: ASCII, and what folds to ASCII.
    var ignoringCase: ScalarClass {
        let items = items.map { item -> Item in
            guard case .ranges(let set) = item else { return item }
            var folded = set.ignoringCase
            for (letter, other) in [("s", "\u{17F}"), ("k", "\u{212A}")] as [(Unicode.Scalar, Unicode.Scalar)]
            where folded.contains(letter) || folded.contains(other) {
                folded = folded.union(ScalarSet(letter)).union(ScalarSet(other)).ignoringCase
            }
            return .ranges(folded)
        }
        return ScalarClass(items, isInverted: isInverted)
    }

    /// The members of a class inside another class.
    var asItem: Item { isInverted || items.count != 1 ? .not(ScalarClass([.not(self)])) : items[0] }

    /// The only member, where the class was written as one character.
    var single: UInt32? {
        guard !isInverted, items.count == 1, case .ranges(let set) = items[0], set.ranges.count == 1,
            let range = set.ranges.first,
            range.count == 1
        else { return nil }
        return range.lowerBound
    }

    /// Whether no character of the basic plane is in both.
    func isDisjoint(with other: ScalarClass) -> Bool {
        !(UInt32(0)..<0x1_0000).contains { value in Unicode.Scalar(value).map { contains($0) && other.contains($0) } ?? false }
    }
}

extension ScalarClass {
    /// The categories by the names that `\p{…}` takes.
    private static let groups: [String: [Unicode.GeneralCategory]] = [
        "Lu": [.uppercaseLetter], "Ll": [.lowercaseLetter], "Lt": [.titlecaseLetter], "Lm": [.modifierLetter],
        "Lo": [.otherLetter], "Mn": [.nonspacingMark], "Mc": [.spacingMark], "Me": [.enclosingMark], "Nd": [.decimalNumber],
        "Nl": [.letterNumber], "No": [.otherNumber], "Pc": [.connectorPunctuation], "Pd": [.dashPunctuation],
        "Ps": [.openPunctuation], "Pe": [.closePunctuation], "Pi": [.initialPunctuation], "Pf": [.finalPunctuation],
        "Po": [.otherPunctuation], "Sm": [.mathSymbol], "Sc": [.currencySymbol], "Sk": [.modifierSymbol], "So": [.otherSymbol],
        "Zs": [.spaceSeparator], "Zl": [.lineSeparator], "Zp": [.paragraphSeparator], "Cc": [.control], "Cf": [.format],
        "Cs": [.surrogate], "Co": [.privateUse], "Cn": [.unassigned],
    ]

    /// The item for `\p{name}`: a category such as `Lu`, or a group of them such as `L`; nil for other properties.
    static func property(_ name: String) -> Item? {
        let members = groups.filter { $0.key == name || name.utf8.count == 1 && $0.key.hasPrefix(name) }.flatMap(\.value)
        return members.isEmpty ? nil : .categories(members.reduce(0) { $0 | bit($1) })
    }

    private static let order: [Unicode.GeneralCategory: UInt32] = Dictionary(
        uniqueKeysWithValues: groups.values.joined().enumerated().map { ($1, UInt32($0)) })

    private static func bit(_ category: Unicode.GeneralCategory) -> UInt32 { 1 << (order[category] ?? 31) }

    private static func categoryBit(_ scalar: Unicode.Scalar) -> UInt32 {
        1
            << UInt32(
                scalar.value < 0x1_0000 ? basicPlane[Int(scalar.value)] : UInt8(order[scalar.properties.generalCategory] ?? 31))
    }

    private static let basicPlane: [UInt8] = (0..<0x1_0000).map { (value: UInt32) in
        UInt8(Unicode.Scalar(value).flatMap { order[$0.properties.generalCategory] } ?? 31)
    }
}
