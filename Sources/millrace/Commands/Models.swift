import ArgumentParser
import MillCompute
import MillEvaluation
import MillModels
import MillValue

struct Models: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at models, check them, and teach them new things to see.",
        subcommands: [
            ModelsList.self, ModelsInspect.self, ModelsVerify.self, ModelsConvert.self, ModelsMerge.self, ModelsItems.self,
            ModelsSchema.self,
            ModelsCache.self,
        ], defaultSubcommand: ModelsList.self)
}

struct ModelsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the models that come along, as builtin:NAME.")

    @Flag(help: "Print JSON on standard output.")
    var json = false

    func run() async throws {
        let models = try ModelLocation.builtin().map { name, path in
            let loader = ModelLoader(panels: .standard.deferred)
            return (name: "builtin:\(name)", about: try loader.load(path: path, tokenizer: false).description)
        }
        guard !json else {
            let entries = models.map { model in
                var value = model.about.value.map ?? [:]
                value["name"] = .string(model.name)
                return Value.map(value)
            }
            return print(Value.list(entries).json(pretty: true))
        }
        for (name, about) in models {
            let megabytes = RunSummary.decimal(Double(about.weightByteCount) / 1e6)
            print("\(name)  \(about.family) (\(about.format)), \(megabytes) MB of weights, \(about.path)")
        }
        if models.isEmpty { Console.line("no models come along here; MILLRACE_MODELS may name their folder") }
    }
}

struct ModelsInspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show a model's family, parameters, types and memory.")

    @Argument(help: "A folder with config.json and weights, a .gguf file (the first of several), or builtin:NAME.")
    var model: String

    @Flag(help: "Print JSON on standard output.")
    var json = false

    func run() async throws {
        let description = try ModelLoader(panels: .standard.deferred).load(path: model, tokenizer: false).description
        print(json ? description.value.json(pretty: true) : description.description)
    }
}

struct ModelsVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compare a model with reference results, layer by layer and in greedy continuation.",
        discussion: """
            DIR holds case.json, the model, inputs.safetensors, expected*.safetensors and greedy*.json, or data without a \
            model (quants, images, malformed, tokenizers, chat), or folders that do; Tests/Oracles/README.md describes them. \
            Exit code 1 beyond the tolerance.
            """)

    @Argument(help: ArgumentHelp("The folder of a case, or of several.", valueName: "dir"))
    var path: String

    @Option(
        help: ArgumentHelp(
            "Instruction set to use instead of the fastest: \(ModelsVerify.names(ISA.allCases)). This machine has \(ModelsVerify.names(ISA.available))."
        ))
    var isa: String?

    @Flag(help: "Print every comparison, not a line per case.")
    var details = false

    @Flag(help: "Print JSON on standard output.")
    var json = false

    func run() async throws {
        var compute = Compute.shared
        if let isa {
            guard let chosen = ISA(rawValue: isa) else {
                throw Failure.usage("--isa \(isa): expected one of \(Self.names(ISA.allCases))")
            }
            compute = try Compute(isa: chosen)
        }
        let reports = try ModelVerifier(compute: compute, kinds: CaseKind.all + [.chat]).verify(path: path) { report in
            if !json { print(details ? report.details : report.description) }
        }
        if json { print(Value.list(reports.map(\.value)).json(pretty: true)) }
        guard reports.allSatisfy(\.isPassed) else { throw Failure(message: "", code: 1) }
    }

    private static func names(_ isas: [ISA]) -> String { isas.map(\.rawValue).joined(separator: ", ") }
}
