import MillDocument
import MillValue

/// A scalar of a language model's answer that the document has.
public struct VerifiedValue: Sendable, Hashable {
    public enum Match: String, Sendable, Hashable {
        /// The same characters, blanks and case aside.
        case exact
        /// The same number, written in another way.
        case number
        /// The same date or period.
        case date
        /// The same text but for a few characters, such as misread ones.
        case near
    }

    /// A JSON pointer into the answer: `/figures/0/value`.
    public var pointer: String
    public var value: Value
    public var match: Match
    /// Where the document has it, the first few places.
    public var provenance: [Provenance]
}

/// A scalar that stands nowhere in the document, and why it was dropped.
public struct UnverifiedValue: Sendable, Hashable {
    public var pointer: String
    public var value: Value
    public var reason: String
}

/// What became of an answer.
public struct VerifiedExtraction: Sendable {
    public var values: [VerifiedValue]
    /// Dropped.
    public var missing: [UnverifiedValue]
    /// The answer with null in place of what was dropped.
    public var value: Value
}

/// Checks what a language model filled into a user's schema against the document: only what stands on a page is kept.
///
/// ```swift
/// let checked = SchemaExtractionVerifier().verify(answer, against: document)
/// for value in checked.values { print(value.pointer, value.provenance) }
/// ```
public struct SchemaExtractionVerifier: Sendable {
    public struct Options: Sendable, Hashable {
        /// Places that are given for one value.
        public var placeLimit = 4
        /// Values of an answer that are looked at; the rest is dropped.
        public var valueLimit = 2000
        /// One edit is allowed for so many characters of a text.
        public var charactersPerEdit = 10

        public init() {}
    }

    private let options: Options

    public init(options: Options = Options()) { self.options = options }

    /// Booleans and nulls say nothing that stands on a page; they are kept as they are.
    public func verify(_ answer: Value, against document: StructuredDocument) -> VerifiedExtraction {
        var walk = Walk(index: VerificationIndex(document), options: options)
        let value = walk.visit(answer, pointer: "")
        return VerifiedExtraction(values: walk.values, missing: walk.missing, value: value)
    }

    private struct Walk {
        let index: VerificationIndex
        let options: Options
        /// Texts that may yet be looked for approximately; that costs the length of the document for each character.
        var nearSearches = 200
        var values: [VerifiedValue] = []
        var missing: [UnverifiedValue] = []

        mutating func visit(_ value: Value, pointer: String) -> Value {
            switch value {
            case .null, .bool: return value
            case .list(let list):
                return .list(list.enumerated().map { visit($0.element, pointer: "\(pointer)/\($0.offset)") })
            case .map(let map):
                var result = ValueMap()
                for (key, item) in map { result[key] = visit(item, pointer: "\(pointer)/\(Self.escaped(key))") }
                return .map(result)
            case .int, .double, .string: return scalar(value, pointer)
            }
        }

        private mutating func scalar(_ value: Value, _ pointer: String) -> Value {
            guard values.count + missing.count < options.valueLimit else {
                missing.append(
                    UnverifiedValue(
                        pointer: pointer, value: value, reason: "the answer has more than \(options.valueLimit) values"))
                return .null
            }
            let found = value.double.map { index.number($0, options.placeLimit) } ?? text(value.string ?? "")
            guard let found else {
                missing.append(UnverifiedValue(pointer: pointer, value: value, reason: "it stands on no page"))
                return .null
            }
            values.append(VerifiedValue(pointer: pointer, value: value, match: found.match, provenance: found.provenance))
            return value
        }

        private mutating func text(_ text: String) -> VerificationIndex.Found? {
            if let found = index.text(text, options) { return found }
            guard nearSearches > 0 else { return nil }
            nearSearches -= 1
            return index.near(text, options)
        }

        private static func escaped(_ key: String) -> String {
            var text = ""
            for character in key { text += character == "~" ? "~0" : character == "/" ? "~1" : String(character) }
            return text
        }
    }
}
