/// GPT-2's way of writing bytes as printable characters, which byte-level vocabularies are stored in.
enum ByteAlphabet {
    /// The character of each byte: itself when printable, else the next free one from U+0100.
    static let scalars: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (0...255).map { (byte: UInt32) in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte) ?? " "
            default:
                defer { next += 1 }
                return Unicode.Scalar(next) ?? " "
            }
        }
    }()

    private static let bytes: [UInt32: UInt8] = Dictionary(
        uniqueKeysWithValues: scalars.enumerated().map { ($1.value, UInt8($0)) })

    /// The bytes that a token's text stands for; a text with other characters stands for itself.
    static func decode(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if (0x21...0x7E).contains(scalar.value) {
                result.append(UInt8(scalar.value))
            } else if let byte = bytes[scalar.value] {
                result.append(byte)
            } else {
                return Array(text.utf8)
            }
        }
        return result
    }
}
