import ArgumentParser
import MillCompute
import MillEvaluation
import MillModels
import MillValue

struct Models: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at models, check them, and teach them new things to see.",
        subcommands: [
            ModelsList.self, ModelsAdd.self, ModelsRemove.self, ModelsInspect.self, ModelsVerify.self, ModelsConvert.self,
            ModelsMerge.self, ModelsItems.self, ModelsSchema.self,
            ModelsCache.self,
        ], defaultSubcommand: ModelsList.self)
}

struct ModelsInspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show a model's family, parameters, types and memory, and what is chosen for it on this machine.",
        discussion: "Whether it fits into the memory is said in words (in JSON as `problem`); the exit code is 0 either way.")

    @Argument(help: ArgumentHelp("\(ModelOptions.places) Of a model in several files, the first."))
    var model: String

    @Option(help: "How exactly it is to compute: auto, int8 or float32.", transform: Precision.option)
    var precision = Precision.auto

    @Flag(help: "Print JSON on standard output.")
    var json = false

    func run() async throws {
        let compute = precision.compute()
        let loader = ModelLoader(compute: compute, panels: .standard.deferred)
        let loaded = try loader.load(path: model, tokenizer: false)
        let description = loaded.description
        let plan = ModelPlan(description, precision, compute: compute)
        if json {
            var value = description.value.map ?? [:]
            value["choices"] = plan.value
            value["problem"] = plan.problem.map(Value.string) ?? .null
            return print(Value.map(value).json(pretty: true))
        }
        print(description.description)
        print("on this machine")
        for choice in plan.choices { print("  \(choice.subject.padding(to: 10))  \(choice.value): \(choice.reason)") }
        if let problem = plan.problem { print("  \(problem)") }
        if loaded.network.text != nil {
            do { _ = try TokenizerFile.load(path: description.path) } catch {
                Console.warning("it reads no text as it is: \(error)")
            }
        }
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

extension String {
    /// Followed by spaces up to `width` characters.
    func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
