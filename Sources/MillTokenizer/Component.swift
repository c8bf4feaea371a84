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
}
