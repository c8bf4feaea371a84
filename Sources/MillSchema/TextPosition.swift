/// Where the automaton stands inside one character of a JSON string: UTF-8 sequences and escapes byte by byte.
///
/// Sequences follow table 3-7 of the Unicode standard, so that overlong forms and surrogates are impossible.
enum TextPosition: UInt8, Sendable, Hashable {
    /// Between characters.
    case character
    case oneMore, twoMore, threeMore
    case afterE0, afterED, afterF0, afterF4
    case escape
    case hex1, hex2, hex2AfterD, hex3, hex4

    /// What a byte does at this position.
    enum Step: Equatable {
        case refused
        case moved(TextPosition)
        /// One code point is complete.
        case completed
    }

    func step(_ byte: UInt8) -> Step {
        switch self {
        case .character: Self.start(byte)
        case .oneMore: (0x80...0xBF).contains(byte) ? .completed : .refused
        case .twoMore: (0x80...0xBF).contains(byte) ? .moved(.oneMore) : .refused
        case .threeMore: (0x80...0xBF).contains(byte) ? .moved(.twoMore) : .refused
        case .afterE0: (0xA0...0xBF).contains(byte) ? .moved(.oneMore) : .refused
        case .afterED: (0x80...0x9F).contains(byte) ? .moved(.oneMore) : .refused
        case .afterF0: (0x90...0xBF).contains(byte) ? .moved(.twoMore) : .refused
        case .afterF4: (0x80...0x8F).contains(byte) ? .moved(.twoMore) : .refused
        case .escape: Self.escape(byte)
        case .hex1: Self.hex(byte, then: byte | 0x20 == UInt8(ascii: "d") ? .hex2AfterD : .hex2)
        case .hex2: Self.hex(byte, then: .hex3)
        case .hex2AfterD: (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte) ? .moved(.hex3) : .refused
        case .hex3: Self.hex(byte, then: .hex4)
        case .hex4: Self.hex(byte, then: nil)
        }
    }

    private static func start(_ byte: UInt8) -> Step {
        switch byte {
        case UInt8(ascii: "\""), 0..<0x20: .refused
        case UInt8(ascii: "\\"): .moved(.escape)
        case 0x20..<0x80: .completed
        case 0xC2...0xDF: .moved(.oneMore)
        case 0xE0: .moved(.afterE0)
        case 0xED: .moved(.afterED)
        case 0xE1...0xEF: .moved(.twoMore)
        case 0xF0: .moved(.afterF0)
        case 0xF1...0xF3: .moved(.threeMore)
        case 0xF4: .moved(.afterF4)
        default: .refused
        }
    }

    private static func escape(_ byte: UInt8) -> Step {
        if byte == UInt8(ascii: "u") { return .moved(.hex1) }
        return "\"\\/bfnrt".utf8.contains(byte) ? .completed : .refused
    }

    private static func hex(_ byte: UInt8, then next: TextPosition?) -> Step {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
            next.map(Step.moved) ?? .completed
        default: .refused
        }
    }

    /// For each position, the bytes that are not refused.
    static let allowed: [ByteSet] = (0...TextPosition.hex4.rawValue).map { raw in
        ByteSet((UInt8.min...UInt8.max).filter { TextPosition(rawValue: raw)?.step($0) != .refused })
    }
}
