/// Collects tokens by id; the ids must be dense enough that a table of them stays small.
struct VocabularyBuilder {
    private var texts: [[UInt8]?] = []
    private let limit: Int

    init(expectedCount: Int) { limit = expectedCount * 8 + 65_536 }

    /// Refuses a second token of the same id.
    mutating func add(_ text: [UInt8], at id: Int32, field: @autoclosure () -> String) throws(TokenizerError) {
        try reserve(id, field())
        guard texts[Int(id)] == nil else { throw .invalid(field: field(), reason: "the id \(id) is taken already") }
        texts[Int(id)] = text
    }

    /// The texts by id, with added tokens in the places that they name.
    func texts(with addedTokens: [AddedToken]) throws(TokenizerError) -> [[UInt8]?] {
        var builder = self
        for token in addedTokens {
            try builder.reserve(token.id, "added_tokens, \(token.content)")
            builder.texts[Int(token.id)] = Array(token.content.utf8)
        }
        return builder.texts
    }

    private mutating func reserve(_ id: Int32, _ field: @autoclosure () -> String) throws(TokenizerError) {
        guard Int(id) < limit else { throw .invalid(field: field(), reason: "the id \(id) is far beyond the number of tokens") }
        while texts.count <= Int(id) { texts.append(nil) }
    }
}
