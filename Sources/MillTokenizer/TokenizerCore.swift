/// The parts of a tokenizer; immutable and shared by its copies.
final class TokenizerCore: Sendable {
    /// Texts by id: bytes for byte-level vocabularies, else as the file has them. Added tokens included.
    let tokens: TokenTable
    let isByteLevel: Bool
    let normalizer: Normalizer?
    let preTokenizer: PreTokenizer?
    let model: any TokenModel
    let postProcessor: PostProcessor
    let decoder: TokenDecoder
    let addedTokens: [AddedToken]
    let specialIDs: Set<Int32>
    let bosID: Int32?
    let eosIDs: Set<Int32>
    /// What about the description is not as it should be.
    let notices: [String]
    private let matchers: Matchers

    /// Which added tokens are looked for, before and after normalization.
    private struct Matchers {
        let raw: AddedTokenMatcher
        let normalized: AddedTokenMatcher
        /// The same without special tokens, for text of users.
        let rawPlain: AddedTokenMatcher
        let normalizedPlain: AddedTokenMatcher
    }

    init(
        tokens: TokenTable, isByteLevel: Bool, normalizer: Normalizer?, preTokenizer: PreTokenizer?,
        model: any TokenModel, postProcessor: PostProcessor, decoder: TokenDecoder, addedTokens: [AddedToken],
        bosID: Int32? = nil, eosIDs: Set<Int32> = [], notices: [String] = []
    ) {
        self.tokens = tokens
        self.isByteLevel = isByteLevel
        self.normalizer = normalizer
        self.preTokenizer = preTokenizer
        self.model = model
        self.postProcessor = postProcessor
        self.decoder = decoder
        self.addedTokens = addedTokens
        self.bosID = bosID
        self.eosIDs = eosIDs
        self.notices = notices
        specialIDs = Set(addedTokens.lazy.filter(\.isSpecial).map(\.id))
        func matcher(_ isIncluded: (AddedToken) -> Bool) -> AddedTokenMatcher {
            let chosen = addedTokens.filter(isIncluded)
            let texts = chosen.map { token in
                let text = Array(token.content.utf8)
                return token.isNormalized ? normalizer?.apply(text) ?? text : text
            }
            return AddedTokenMatcher(chosen, texts: texts)
        }
        matchers = Matchers(
            raw: matcher { !$0.isNormalized }, normalized: matcher { $0.isNormalized },
            rawPlain: matcher { !$0.isNormalized && !$0.isSpecial },
            normalizedPlain: matcher { $0.isNormalized && !$0.isSpecial })
    }

    /// - Parameter isGuarded: whether the text has guards that are to be left out; see ``Tokenizer/guarded(_:besides:)``.
    /// - Returns: the steps that the model took, which bound its time.
    @discardableResult
    func encode(_ text: [UInt8], parseSpecial: Bool, isGuarded: Bool = false, into ids: inout [Int32]) -> Int {
        var workspace = ModelWorkspace()
        let raw = parseSpecial ? matchers.raw : matchers.rawPlain
        let normalized = parseSpecial ? matchers.normalized : matchers.normalizedPlain
        for (index, segment) in Self.split(text, by: raw).enumerated() {
            guard segment.id == nil else {
                if let id = segment.id { ids.append(id) }
                continue
            }
            let piece = Array(text[segment.range])
            let rewritten = normalizer?.apply(piece) ?? piece
            let isStart = index == 0 && !dropsFirstCharacter(of: piece)
            for (inner, part) in Self.split(rewritten, by: normalized).enumerated() {
                guard part.id == nil else {
                    if let id = part.id { ids.append(id) }
                    continue
                }
                var bytes = part.range == 0..<rewritten.count ? rewritten : Array(rewritten[part.range])
                if isGuarded { bytes = TextGuard.removed(from: bytes) }
                encode(bytes, isFirst: isStart && inner == 0, into: &ids, &workspace)
            }
        }
        return workspace.steps
    }

    /// Whether the normalizer drops how a text begins; what follows then does not count as its start (the `tokenizers` library
    /// goes by the places in the original).
    private func dropsFirstCharacter(of text: [UInt8]) -> Bool {
        guard let normalizer, let first = text.first, first >= 0x80 else { return false }
        let length = text.withUnsafeBufferPointer { TextCursor($0).scalar(at: 0).next }
        return normalizer.apply(Array(text[..<length])).isEmpty
    }

    private func encode(_ bytes: [UInt8], isFirst: Bool, into ids: inout [Int32], _ workspace: inout ModelWorkspace) {
        var words = Words(bytes)
        preTokenizer?.apply(&words, isFirst: isFirst)
        words.bytes.withUnsafeBufferPointer { bytes in
            for range in words.ranges where !range.isEmpty {
                model.encode(UnsafeBufferPointer(rebasing: bytes[range]), into: &ids, workspace: &workspace)
            }
        }
    }

    private static func split(_ text: [UInt8], by matcher: AddedTokenMatcher) -> [AddedTokenMatcher.Segment] {
        guard !text.isEmpty else { return [] }
        guard !matcher.isEmpty else { return [.init(range: 0..<text.count, id: nil)] }
        return text.withUnsafeBufferPointer { matcher.split(TextCursor($0)) }
    }

    func hasToken(_ id: Int32) -> Bool { id >= 0 && id < tokens.count && !tokens[id].isEmpty }

    func bytes(of id: Int32) -> [UInt8] {
        let text = tokens[id]
        if isByteLevel { return Array(text) }
        if let byte = ByteTokens.byte(of: text), !specialIDs.contains(id) { return [byte] }
        return Array(text).replacing(Array("\u{2581}".utf8), with: [0x20])
    }
}
