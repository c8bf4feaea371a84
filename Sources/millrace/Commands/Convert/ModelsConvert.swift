import ArgumentParser
import MillModels

struct ModelsConvert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Write a model as one GGUF file, in another precision if wanted.",
        discussion: """
            The source is a folder of hearth, ledger, SigLIP, BERT or a text family (docs/models/text.md lists them), or a GGUF \
            file of them. Files of text models are also llama.cpp's; docs/convert.md says what each precision is, what becomes \
            of each tensor, and which tokenizers a GGUF file has words for (others are refused).

            millrace models convert Qwen2.5-1.5B -o qwen.gguf --precision q4_k_m --calibrate some.txt --verify other.txt

            The file is read back before it gets its name: checksums of all tensors, and where no precision is lost, every bit \
            against the source. A GGUF file that is there is replaced, and keeps its permissions; files of other kinds never \
            are. What is finished of an interrupted run lies beside the output as OUT.part.

            A LoRA adapter's folder (adapter_config.json) becomes llama.cpp's GGUF adapter; --base names the model that it is for.

            millrace models convert adapters/tools -o tools.gguf --base Qwen2.5-1.5B
            """)

    @Argument(
        help: """
            A folder with config.json and weights, and tokenizer.json where the model has one; a .gguf file, also the mmproj \
            file of a vision tower; builtin:NAME, for the folder of a model that comes along; or a LoRA adapter's folder.
            """
    )
    var model: String

    @Option(
        help: ArgumentHelp(
            "What the matrices become, by default q8_0; auto is the best that fits into half of the memory.", valueName: "type"))
    var precision: PrecisionChoice?

    @Option(
        help: ArgumentHelp(
            "Of an adapter: the model that it is for; by default what adapter_config.json names, if that is here.",
            valueName: "model"))
    var base: String?

    @OptionGroup var options: ConversionOptions

    func run() async throws {
        if AdapterConversion.isAdapter(model) {
            if precision != nil { throw Failure.usage("--precision is for models: an adapter's matrices keep their types") }
            return try AdapterConversion(folder: model, base: base, options: options).run()
        }
        if base != nil { throw Failure.usage("--base is for adapters, and \(model) is none: it has no adapter_config.json") }
        let path = try ModelLocation.folder(of: model) ?? ModelLocation.resolve(model)
        try Conversion(
            model: path, precision: precision ?? .of(.q8), isDefaultPrecision: precision == nil, options: options
        ).run()
    }
}

struct ModelsMerge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Write a text model with LoRA adapters merged into its weights, as one GGUF file.",
        discussion: """
            What the adapters add is worked out and added in F32, and the sum rounded to the precision once.

            millrace models merge builtin:scribe --adapter samples/models/scribe/adapters/tools -o tools.gguf --precision f16

            The file is written as by millrace models convert, with the same options; --verify compares it with the model under \
            the adapters, unmerged.
            """)

    @Argument(help: "A folder, a .gguf file, or builtin:NAME.")
    var model: String

    @Option(
        help: ArgumentHelp(
            "A LoRA adapter: a folder as PEFT saves it, or a GGUF file; PATH@0.5 takes half of it. May be given several times.",
            valueName: "path"))
    var adapter: [String]

    @Option(help: ArgumentHelp("What the matrices become.", valueName: "type"))
    var precision = PrecisionChoice.of(.f16)

    @OptionGroup var options: ConversionOptions

    func validate() throws {
        if adapter.isEmpty { throw ValidationError("name at least one --adapter") }
    }

    func run() async throws {
        let path = try ModelLocation.folder(of: model) ?? ModelLocation.resolve(model)
        try Conversion(
            model: path, adapters: adapter.map { LoRAAdapter.Source($0) }, precision: precision, options: options
        ).run()
    }
}
