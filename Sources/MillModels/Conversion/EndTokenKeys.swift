import MillTokenizer

/// The tokens that end an answer, and the keys that GGUF has for them.
struct EndTokenKeys: Sendable {
    /// All of them, the one first that the tokenizer sets after a text, or else that templates know as `eos_token`.
    let ids: [Int32]
    /// Of those that no key is left for.
    let notice: String?

    private static let keys = ["eos_token_id", "eot_token_id", "eom_token_id"]

    /// Those at which the folder's answers end, too.
    init(_ model: LoadedModel) {
        var ids = model.endTokenIDs
        let tokenizer = model.tokenizer
        let named = model.chat.tokens["eos_token"].flatMap { tokenizer?.id(of: $0) }
        if let first = tokenizer?.suffixIDs.first ?? named, let index = ids.firstIndex(of: first) {
            ids.insert(ids.remove(at: index), at: 0)
        }
        self.ids = ids
        let left = ids.dropFirst(Self.keys.count)
        notice =
            left.isEmpty
            ? nil
            : "answers also end at the token\(left.count == 1 ? "" : "s") \(left.map { "\($0)" }.joined(separator: ", ")), and GGUF has keys for "
                + "\(Self.keys.count) such tokens only (\(Self.keys.joined(separator: ", "))): with the file they do not"
    }

    var written: [(key: String, id: Int32)] { zip(Self.keys, ids).map { ($0, $1) } }
}
