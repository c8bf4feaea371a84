/// What a tokenizer needs to become the metadata of a GGUF file.
extension Tokenizer {
    /// The value of `tokenizer.ggml.pre` under which a GGUF file splits text into the same words; nil where there is none.
    ///
    /// GGUF has no place for a normalizer. Composition (NFC) is left out, as all converters do; others have no counterpart.
    package var ggufPreTokenizer: String? {
        guard let model = core.model as? BytePairModel, core.isByteLevel, let preTokenizer = core.preTokenizer,
            core.normalizer?.onlyComposes ?? true
        else { return nil }
        let steps = preTokenizer.steps
        let words = steps.compactMap { step -> WordScanner.Family? in
            if case .words(let words) = step { words.family } else { nil }
        }
        guard words.count == 1, let family = words.first,
            steps.allSatisfy({ if case .words = $0 { true } else { $0 == .byteLevel(addsPrefixSpace: false) } })
        else { return nil }
        switch (family, model.ignoresMerges) {
        case (.gpt2, false): return "gpt-2"
        case (.llama3(maximumDigits: 3), true): return "llama-bpe"
        // The same words without the rule that a whole word of the vocabulary is taken unmerged.
        case (.llama3(maximumDigits: 3), false): return "smaug-bpe"
        case (.llama3(maximumDigits: 1), false): return "qwen2"
        default: return nil
        }
    }
}

extension PreTokenizer {
    /// One after the other, without sequences in sequences.
    fileprivate var steps: [PreTokenizer] {
        if case .sequence(let steps) = self { steps.flatMap(\.steps) } else { [self] }
    }
}

extension Normalizer {
    /// Whether all that it does is canonical composition.
    fileprivate var onlyComposes: Bool {
        switch self {
        case .unicode(.composed): true
        case .sequence(let steps): steps.allSatisfy(\.onlyComposes)
        default: false
        }
    }
}
