/// A vocabulary in the words of a GGUF file.
package enum GGUFVocabulary: Sendable, Hashable {
    /// Byte-level BPE (`gpt2`).
    ///
    /// - `pre`: the value of `tokenizer.ggml.pre` under which text is split into the same words.
    /// - `composes`: whether text is composed (NFC) before, which GGUF has no key for; all converters leave it out.
    case byteLevel(pre: String, composes: Bool)
    /// SentencePiece's BPE (`llama`), whose merges have the order of scores.
    case pieces(spaces: PieceSpaces, unknownID: Int32?)
}

/// Where a space is written before a text that becomes pieces.
package enum PieceSpaces: String, Sendable {
    /// Nowhere (`tokenizer.ggml.add_space_prefix` is false).
    case never
    /// Before every text between special tokens, as GGUF's readers do by default.
    case everywhere
    /// The same, but not before a space. Like ``first`` only ``key`` says so.
    case always
    /// Before the first text, unless it begins with a space.
    case first

    /// Whether GGUF's own keys cannot say so.
    package var isOwn: Bool { self == .always || self == .first }

    /// What other readers pass over.
    package static let key = "tokenizer.millrace.space_prefix"
}

/// What GGUF cannot say about an added token. Files have the ids of such tokens under keys that other readers pass over.
package enum AddedTokenMark: String, CaseIterable, Sendable {
    case lstrip, rstrip
    case singleWord = "single_word"

    package var key: String { "tokenizer.millrace.\(rawValue)_token_ids" }

    package func isOn(_ token: AddedToken) -> Bool {
        switch self {
        case .lstrip: token.stripsLeft
        case .rstrip: token.stripsRight
        case .singleWord: token.singleWord
        }
    }
}

extension Tokenizer {
    /// What ``prefixIDs`` are where GGUF's `bos_token_id` is not all; other readers pass over this key.
    package static let prefixKey = "tokenizer.millrace.prefix_token_ids"

    /// How GGUF says what this tokenizer does; nil where it cannot.
    ///
    /// That the scores of pieces can stand for their merges is not looked at here.
    package var ggufVocabulary: GGUFVocabulary? {
        guard let model = core.model as? BytePairModel else { return nil }
        if core.isByteLevel {
            guard core.normalizer?.onlyComposes ?? true else { return nil }
            return core.preTokenizer?.ggufName(ignoringMerges: model.ignoresMerges).map {
                .byteLevel(pre: $0, composes: core.normalizer?.steps.isEmpty == false)
            }
        }
        // Only where all bytes have tokens of their own do both kinds of models take them for the same characters.
        guard !model.ignoresMerges, model.byteTokens != nil, let spaces = core.pieceSpaces else { return nil }
        return .pieces(spaces: spaces, unknownID: model.unknownID)
    }
}

extension TokenizerCore {
    fileprivate var pieceSpaces: PieceSpaces? {
        let mark = Array("\u{2581}".utf8)
        let replace = Normalizer.replace([0x20], with: mark)
        switch (normalizer?.steps ?? [], preTokenizer?.steps ?? []) {
        case ([replace], []): return .never
        case ([.prepend(mark), replace], []), ([.prepend([0x20]), replace], []): return .everywhere
        case ([], [.metaspace(replacement: mark, prepends: .never, splits: false)]): return .never
        case ([], [.metaspace(replacement: mark, prepends: .always, splits: false)]): return .always
        case ([], [.metaspace(replacement: mark, prepends: .first, splits: false)]): return .first
        default: return nil
        }
    }
}

extension PreTokenizer {
    /// One after the other, without sequences in sequences.
    fileprivate var steps: [PreTokenizer] {
        if case .sequence(let steps) = self { steps.flatMap(\.steps) } else { [self] }
    }

    /// The value of `tokenizer.ggml.pre` for the same words.
    fileprivate func ggufName(ignoringMerges: Bool) -> String? {
        let words = steps.filter { $0 != .byteLevel(addsPrefixSpace: false) }
        let digits = PreTokenizer.digits(individually: true)
        if words == [digits, .words(WordScanner(family: .gpt2))] { return ignoringMerges ? nil : "smollm" }
        guard words.count == 1, case .words(let scanner) = words[0] else { return nil }
        switch (scanner.family, ignoringMerges) {
        case (.gpt2, false): return "gpt-2"
        case (.llama3(maximumDigits: 3), true): return "llama-bpe"
        // The same words without the rule that a whole word of the vocabulary is taken unmerged.
        case (.llama3(maximumDigits: 3), false): return "smaug-bpe"
        case (.llama3(maximumDigits: 1), false): return "qwen2"
        default: return nil
        }
    }
}

extension Normalizer {
    /// One after the other, without sequences in sequences.
    fileprivate var steps: [Normalizer] {
        if case .sequence(let steps) = self { steps.flatMap(\.steps) } else { [self] }
    }

    /// Whether all that it does is canonical composition.
    fileprivate var onlyComposes: Bool { steps.allSatisfy { $0 == .unicode(.composed) } }
}
