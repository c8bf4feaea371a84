import Foundation

/// The Unicode normalization forms (UAX #15).
enum UnicodeForm: Sendable, Hashable {
    case composed, decomposed, compatibilityComposed, compatibilityDecomposed

    /// Foundation's time grows with the square of a text's length, so long texts are taken piece by piece.
    private static let pieceLength = 512
    /// Where a piece has no place to end in all this time, it ends here: no writing has so many marks on one letter.
    private static let longestPiece = 8192

    func apply(_ text: [UInt8]) -> [UInt8] {
        // ASCII is the same in every form.
        guard text.contains(where: { $0 >= 0x80 }) else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        text.withUnsafeBufferPointer { bytes in
            let cursor = TextCursor(bytes)
            var start = 0
            while start < bytes.count {
                var end = min(start + Self.pieceLength, bytes.count)
                while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
                while end < bytes.count, end < start + Self.longestPiece {
                    let (scalar, next) = cursor.scalar(at: end)
                    if scalar.startsAnew { break }
                    end = next
                }
                result += map(String(decoding: bytes[start..<end], as: UTF8.self)).utf8
                start = end
            }
        }
        return result
    }

    private func map(_ string: String) -> String {
        switch self {
        case .composed: string.precomposedStringWithCanonicalMapping
        case .decomposed: string.decomposedStringWithCanonicalMapping
        case .compatibilityComposed: string.precomposedStringWithCompatibilityMapping
        case .compatibilityDecomposed: string.decomposedStringWithCompatibilityMapping
        }
    }
}

extension Unicode.Scalar {
    /// Whether no form joins this character with those before it. Some that could be are left out for simplicity.
    fileprivate var startsAnew: Bool {
        if isASCII { return true }
        switch value {
        // Letters of Hangul and Kirat Rai that join with a letter before them.
        case 0x1100...0x11FF, 0xA960...0xA97F, 0xD7B0...0xD7FF, 0xFF9E...0xFFDC, 0x16D40...0x16D7F: return false
        default: break
        }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return false
        default: return properties.canonicalCombiningClass == .notReordered
        }
    }
}
