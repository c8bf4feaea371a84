/// A report as the rules see it: its code points, normalised one by one, so that places are those of the text as given.
struct LedgerText: Sendable {
    /// Full-width forms, blanks, dashes and quotes brought to one form.
    let scalars: [Unicode.Scalar]
    /// The same in lower case.
    let lower: [Unicode.Scalar]

    init(_ text: String) {
        scalars = text.unicodeScalars.map(\.normalised)
        lower = scalars.map(\.lowerCase)
    }

    var count: Int { scalars.count }

    /// The code point at a place, or nil outside the text.
    func scalar(_ place: Int) -> Unicode.Scalar? { scalars.indices.contains(place) ? scalars[place] : nil }

    /// The same in lower case.
    func lower(_ place: Int) -> Unicode.Scalar? { lower.indices.contains(place) ? lower[place] : nil }
}

extension Unicode.Scalar {
    /// One code point for one (`docs/models/ledger.md`, Text → tokens).
    fileprivate var normalised: Unicode.Scalar {
        switch value {
        case 0x20...0x7E: self
        case 0x09, 0xA0, 0x2009, 0x202F, 0x3000: " "
        case 0x0D: "\n"
        case 0xFF01...0xFF5E: Unicode.Scalar(UInt8(value - 0xFEE0))
        case 0x2010, 0x2011, 0x2013, 0x2014, 0x2212: "-"
        case 0x2018, 0x2019, 0x201C, 0x201D, 0x300C...0x300F: "\""
        case 0xFFE5: "¥"
        default: self
        }
    }

    /// The lower-case letter where that is one code point, else the code point itself.
    fileprivate var lowerCase: Unicode.Scalar {
        if value < 0x80 { return (0x41...0x5A).contains(value) ? Unicode.Scalar(UInt8(value + 32)) : self }
        guard !isChinese, properties.changesWhenLowercased else { return self }
        let mapping = properties.lowercaseMapping.unicodeScalars
        return mapping.count == 1 ? mapping.first ?? self : self
    }

    var isDigit: Bool { (0x30...0x39).contains(value) }

    var isChinese: Bool { (0x3400...0x9FFF).contains(value) || (0xF900...0xFAFF).contains(value) }

    /// Of the categories L*, but not Chinese.
    var isLetter: Bool {
        if value < 0x80 { return (0x41...0x5A).contains(value) || (0x61...0x7A).contains(value) }
        guard !isChinese else { return false }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return false
        }
    }

    var isUpper: Bool { value < 0x80 ? (0x41...0x5A).contains(value) : properties.isUppercase }

    var isLower: Bool { value < 0x80 ? (0x61...0x7A).contains(value) : properties.isLowercase }

    /// What becomes of a code point in the shape of a word: `9`, `X`, `x`, or itself.
    var shape: Unicode.Scalar { isDigit ? "9" : isUpper ? "X" : isLetter ? "x" : self }
}
