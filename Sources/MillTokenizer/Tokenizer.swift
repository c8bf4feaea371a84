/// Text to token ids and back.
///
/// ```swift
/// let tokenizer = try Tokenizer(json: JSON.parse(bytes: tokenizerJSON))
/// let ids = tokenizer.encode("Is the kettle on?", addSpecial: true, parseSpecial: false)
/// let text = tokenizer.decode(ids, skipSpecial: true)
/// ```
/// Text of users is encoded with `parseSpecial: false`: then `<|assistant|>` in it is spelled out letter by letter, and
/// no input can act as another role.
public struct Tokenizer: Sendable {
    let core: TokenizerCore

    /// The number of ids: one more than the largest.
    public var vocabularySize: Int { core.tokens.count }
    /// The tokens that end a generation, where the file says so (GGUF does; for tokenizer.json see the model's configuration).
    public var eosIDs: Set<Int32> { core.eosIDs }
    /// The token that starts a text, where the file says so.
    public var bosID: Int32? { core.bosID }
    public var addedTokens: [AddedToken] { core.addedTokens }
    /// What about the description is not as it should be, although it can be followed; for people.
    public var notices: [String] { core.notices }
    /// What ``encode(_:addSpecial:parseSpecial:)`` writes before a text.
    public var prefixIDs: [Int32] { core.postProcessor.prefix }
    /// What it writes after a text.
    public var suffixIDs: [Int32] { core.postProcessor.suffix }

    /// The ids of a text.
    ///
    /// - Parameters:
    ///   - addSpecial: whether the tokens that the model expects around a text are added.
    ///   - parseSpecial: whether special tokens that the text spells out become these tokens.
    public func encode(_ text: String, addSpecial: Bool = true, parseSpecial: Bool = false) -> [Int32] {
        var ids = addSpecial ? core.postProcessor.prefix : []
        core.encode(Array(text.utf8), parseSpecial: parseSpecial, into: &ids)
        if addSpecial { ids += core.postProcessor.suffix }
        return ids
    }

    /// The text of ids; bytes that form no character become U+FFFD, unknown ids nothing.
    public func decode(_ ids: [Int32], skipSpecial: Bool = true) -> String {
        let texts = ids.compactMap { id -> [UInt8]? in
            skipSpecial && isSpecial(id) ? nil : core.hasToken(id) ? Array(core.tokens[id]) : nil
        }
        return String(decoding: core.decoder.decode(texts), as: UTF8.self)
    }

    /// The bytes that a token adds to the text; empty for ids without a token. Characters may span several tokens.
    public func bytes(of id: Int32) -> [UInt8] { core.bytes(of: id) }

    /// The id of a token, written as the vocabulary file writes it.
    public func id(of token: String) -> Int32? {
        core.addedTokens.first { $0.content.utf8.elementsEqual(token.utf8) }?.id
            ?? core.tokens.id(of: core.isByteLevel ? ByteAlphabet.decode(token) : Array(token.utf8))
    }

    /// Whether the token steers the model instead of being text.
    public func isSpecial(_ id: Int32) -> Bool { core.specialIDs.contains(id) }

    /// The text of one token for display; special tokens included.
    public func text(of id: Int32) -> String { String(decoding: core.tokens[id], as: UTF8.self) }

    /// The steps that encoding a text takes, merges and nodes of tries: what tests hold to a multiple of its length.
    package func steps(encoding text: String) -> Int {
        var ids: [Int32] = []
        return core.encode(Array(text.utf8), parseSpecial: false, into: &ids)
    }
}

extension Tokenizer {
    /// The regular expression by which Qwen 2 splits text; for files that name the class instead.
    package static var qwen2Pattern: String { WordPattern.qwen2 }
}
