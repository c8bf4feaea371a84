import MillTokenizer

/// The tokens by which the families end a turn or a text.
enum EndTokens {
    private static let names = [
        "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<|end_of_text|>", "<EOT>",
        "_<EOT>",
        "[EOT]", "<｜end▁of▁sentence｜>", "<end_of_utterance>", "<|eos|>", "<|return|>", "<|call|>", "<|eom|>",
        // GLM's turns end where another begins.
        "<|user|>", "<|observation|>",
    ]

    /// Those that a vocabulary has as special tokens.
    static func named(in tokenizer: Tokenizer) -> Set<Int32> {
        Set(tokenizer.addedTokens.lazy.filter { $0.isSpecial && names.contains($0.content) }.map(\.id))
    }
}
