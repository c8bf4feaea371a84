import ArgumentParser
import MillInference
import MillModels

/// Everything that commands share which let a model answer: the model, what it is told, and how it writes.
struct AnswerOptions: ParsableArguments {
    @OptionGroup var model: ModelOptions

    @Option(help: "The picture side of a GGUF text model; by default the one mmproj*.gguf in its folder.")
    var mmproj: String?

    @Option(help: "A JPEG or PNG picture, for models that see; those that read pictures in their prompts take several.")
    var image: [String] = []

    @Option(help: "What the model is told before everything else, where it is asked through its chat template.")
    var system: String?

    @Option(help: "A LoRA adapter: a folder with adapter_config.json, or a GGUF file, and @SCALE after it; may be repeated.")
    var adapter: [String] = []

    @Option(
        help: "What a text model keeps keys and values in: f32, f16, bf16 or q8_0; by default f16, or q8_0 where only that fits.")
    var kv: CacheType?

    @Option(parsing: .unconditional, help: "Longest answer in tokens; by default 256 for generate and 1024 for chat.")
    var maxTokens: Int?

    @OptionGroup var sampling: SamplingOptions

    func validate() throws { try Bounded.check("--max-tokens", maxTokens, 1...65536) }

    func host() throws -> ModelHost { try model.host(pictures: mmproj.map { .file($0) } ?? .beside) }

    /// - Parameter limit: the longest answer unless another was asked for.
    func generation(_ host: ModelHost, limit: Int) throws -> GenerationOptions {
        var options = GenerationOptions(sampling: sampling.sampling, tokenLimit: maxTokens ?? limit)
        if !adapter.isEmpty { options.adapter = try host.adapter(adapter.map { LoRAAdapter.Source($0) }) }
        options.cacheType = kv?.dtype
        return options
    }
}
