import Foundation

/// The Unicode normalization forms (UAX #15).
enum UnicodeForm: Sendable, Hashable {
    case composed, decomposed, compatibilityComposed, compatibilityDecomposed

    func apply(_ text: [UInt8]) -> [UInt8] {
        // ASCII is the same in every form.
        guard text.contains(where: { $0 >= 0x80 }) else { return text }
        let string = String(decoding: text, as: UTF8.self)
        let result =
            switch self {
            case .composed: string.precomposedStringWithCanonicalMapping
            case .decomposed: string.decomposedStringWithCanonicalMapping
            case .compatibilityComposed: string.precomposedStringWithCompatibilityMapping
            case .compatibilityDecomposed: string.decomposedStringWithCompatibilityMapping
            }
        return Array(result.utf8)
    }
}
