import MillValue

/// Reads fields of the components of tokenizer.json.
enum Component {
    static func text(_ json: Value, _ key: String, in field: String) throws(TokenizerError) -> [UInt8] {
        guard let text = json[key]?.string else { throw .invalid(field: "\(field).\(key)", reason: "it must be a string") }
        return Array(text.utf8)
    }

    static func id(_ json: Value?, in field: String) throws(TokenizerError) -> Int32 {
        guard let id = json?.int, let id = Int32(exactly: id), id >= 0 else {
            throw .invalid(field: field, reason: "it must be a token id")
        }
        return id
    }

    /// How many times longer normalizing or decoding may make a text.
    static let maximumGrowth = 256

    /// How many times longer replacing makes a text at most.
    static func growth(of pattern: [UInt8], to content: [UInt8]) -> Int {
        max(1, (content.count + pattern.count - 1) / max(pattern.count, 1))
    }

    /// The growth of several steps, one after the other.
    static func product(_ growths: [Int]) -> Int {
        growths.reduce(1) { $0.multipliedReportingOverflow(by: $1).overflow ? .max : $0 * $1 }
    }
}
