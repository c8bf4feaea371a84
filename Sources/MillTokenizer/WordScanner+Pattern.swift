import MillValue

extension WordScanner {
    /// The regular expressions that tokenizer.json files carry, by family.
    private static let families: [String: Family] = [
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#: .gpt2,
        llama3Pattern(digits: #"\p{N}{1,3}"#): .llama3(maximumDigits: 3),
        llama3Pattern(digits: #"\p{N}"#): .llama3(maximumDigits: 1),
    ]

    private static func llama3Pattern(digits: String) -> String {
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + digits
            + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }

    /// The scanner for a `Split` pre-tokenizer.
    init(split json: Value, in field: String) throws(TokenizerError) {
        guard let pattern = json["pattern"]?["Regex"]?.string else {
            throw .unsupported(field: "\(field).pattern", value: json["pattern"]?.json() ?? "nothing", supported: "Regex")
        }
        guard let family = Self.families[pattern] else {
            throw .unsupported(
                field: "\(field).pattern", value: "the regular expression \(pattern)",
                supported: "those of GPT-2, Llama 3, GLM and Qwen 2")
        }
        // Every character belongs to a match, so these are the same.
        let behavior = json["behavior"]?.string ?? "Isolated"
        guard behavior == "Isolated" || behavior == "Removed" && json["invert"]?.bool == true else {
            throw .unsupported(field: "\(field).behavior", value: behavior, supported: "Isolated")
        }
        self.init(family: family)
    }

    /// The scanner for `tokenizer.ggml.pre`; nil when the name is unknown.
    init?(ggufName: String) {
        switch ggufName {
        case "gpt-2", "mpt", "olmo", "jais", "trillion": self.init(family: .gpt2)
        case "llama3", "llama-v3", "llama-bpe", "falcon3", "chatglm-bpe", "glm4", "dbrx", "smaug-bpe", "pixtral":
            self.init(family: .llama3(maximumDigits: 3))
        case "qwen2", "stablelm2", "deepseek-r1-qwen", "hunyuan", "megrez": self.init(family: .llama3(maximumDigits: 1))
        default: return nil
        }
    }
}
