/// How text is split into words under a name of `tokenizer.ggml.pre`, and what else the name says (llama.cpp's list).
struct WordSplitting: Sendable {
    let preTokenizer: PreTokenizer
    /// Whether a word that is a token needs no merging to become it.
    var ignoresMerges = false
    /// Whether a text begins with the BOS token where the file does not say.
    var addsBOS = false
    /// Whether a text ends with the separator token where the file does not say.
    var addsSeparator = false

    /// - Parameter name: nil where the file has none; that is read as `default`.
    init(name: String?) throws(TokenizerError) {
        let name = name ?? "default"
        guard let (patterns, names) = Self.table.first(where: { $0.names.contains(name) }) else {
            throw .unsupported(
                field: "tokenizer.ggml.pre", value: name,
                supported: Self.table.flatMap(\.names).sorted().joined(separator: ", "))
        }
        preTokenizer = .sequence(
            try patterns.map { pattern throws(TokenizerError) in
                try .expression(pattern, .isolated, isInverted: false, in: "tokenizer.ggml.pre")
            })
        let isLlama3 = names.contains("llama-bpe")
        ignoresMerges = isLlama3 || name == "tekken"
        addsBOS = isLlama3 || name == "tekken"
        addsSeparator = ["jina-v1-en", "jina-v2-code", "roberta-bpe"].contains(name)
    }

    /// Regular expressions, each splitting what those before it left, by the names that stand for them.
    private static let table: [(patterns: [String], names: [String])] = [
        (
            [#"[\p{P}\$\+<=>\^~\|]+"#, WordPattern.gpt2, #"\p{N}+"#, "[0-9][0-9][0-9]"], ["default"]
        ),
        (
            [WordPattern.gpt2],
            [
                "gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion", "granite-docling", "jina-es", "jina-de", "jina-v1-en",
                "jina-v2-es", "jina-v2-de", "jina-v2-code", "roberta-bpe", "gigachat", "a.x-4.0", "mellum", "modern-bert",
                "exaone4",
            ]
        ),
        (
            [WordPattern.llama3],
            ["llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano"]
        ),
        ([WordPattern.llama3], ["chatglm-bpe", "glm4", "dbrx", "smaug-bpe"]),
        (
            [WordPattern.qwen2],
            [
                "qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "stablelm2", "hunyuan", "megrez", "solar-open", "grok-2",
            ]
        ),
        ([WordPattern.qwen35], ["qwen35"]),
        ([WordPattern.tekken], ["tekken"]),
        ([WordPattern.gpt4o], ["gpt-4o", "llama4", "kanana2", "minimax-m2"]),
        (
            [#"\p{N}"#, WordPattern.gpt2],
            ["starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2"]
        ),
        (
            [#"[\p{P}\$\+<=>\^~\|`]+"#, WordPattern.gpt2, "[0-9][0-9][0-9]"], ["falcon"]
        ),
        (
            [
                #"[\r\n]"#, WordPattern.deepSeekLetters, WordPattern.deepSeekPunctuation, #"\s+$"#,
                WordPattern.deepSeekIdeographs, #"\p{N}+"#,
            ], ["deepseek-llm"]
        ),
        (
            [#"[\r\n]"#, #"\s?\p{L}+"#, #"\s?\p{P}+"#, WordPattern.deepSeekIdeographs, #"\p{N}"#], ["deepseek-coder"]
        ),
        (
            [#"\p{N}{1,3}"#, WordPattern.ideographs, WordPattern.deepSeek3], ["deepseek-v3", "hunyuan-dense", "joyai-llm"]
        ),
        ([WordPattern.bloom], ["bloom", "poro-chat", "gpt3-finnish"]),
        ([WordPattern.bloom, #"\p{N}"#], ["viking"]),
        ([WordPattern.bailing], ["bailingmoe", "bailingmoe2", "llada-moe"]),
        ([WordPattern.seedCoder], ["seed-coder"]),
    ]
}
