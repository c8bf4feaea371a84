/// The classes of characters that pre-tokenizers tell apart.
enum CharacterClass: UInt8 {
    case letter, number, space, newline, other

    /// White space in the sense of `\s`, line breaks included.
    var isSpace: Bool { self == .space || self == .newline }

    /// `newline` are U+000A and U+000D only, as in the patterns' `[\r\n]`.
    init(_ scalar: Unicode.Scalar) {
        self = scalar.value < 0x1_0000 ? Self.basicPlane[Int(scalar.value)] : Self.classify(scalar)
    }

    private static let basicPlane: [CharacterClass] = (0..<0x1_0000).map { (value: UInt32) in
        Unicode.Scalar(value).map(classify) ?? .other
    }

    private static func classify(_ scalar: Unicode.Scalar) -> CharacterClass {
        if scalar == "\n" || scalar == "\r" { return .newline }
        if scalar.properties.isWhitespace { return .space }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
        case .decimalNumber, .letterNumber, .otherNumber: return .number
        default: return .other
        }
    }
}

extension Unicode.Scalar {
    /// `\w` of the regular expressions that Hugging Face tokenizers use: letters, marks, digits, connectors, joiners.
    var isWord: Bool {
        if isASCII { return properties.isAlphabetic || ("0"..."9").contains(self) || self == "_" }
        if properties.isAlphabetic || properties.isJoinControl { return true }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return false
        }
    }

    /// Punctuation as BERT has it: every ASCII symbol, and what Unicode calls punctuation.
    var isPunctuation: Bool {
        switch value {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return true
        default: break
        }
        switch properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return true
        default: return false
        }
    }
}
