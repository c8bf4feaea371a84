import ArgumentParser
import MillCompute
import MillInference
import MillModels

/// Which model, and the two settings that it may be given besides.
struct ModelOptions: ParsableArguments {
    static let places = "A folder, a .gguf file, builtin:NAME, or a name that `millrace models add` gave."

    @Option(name: .shortAndLong, help: ArgumentHelp(ModelOptions.places))
    var model: String

    @Option(
        help: "How exactly it computes: auto, int8 (activations in 8 bits) or float32; `millrace models inspect` explains auto.",
        transform: Precision.option)
    var precision = Precision.auto

    @Option(help: "Where it computes: auto or cpu.")
    var device = Device.auto

    @Flag(help: "Say on standard error what was chosen for the model, and why.")
    var verbose = false

    /// Loads the model with its lane.
    func host(pictures: PictureSide = .beside) throws -> ModelHost {
        try PictureSide.checkIsNone(at: model)
        return ModelHost(try load(pictures: pictures))
    }

    func load(tokenizer: Bool = true, pictures: PictureSide = .beside) throws -> LoadedModel {
        let memory = MemoryBudget.now()
        let loaded = try ModelLoader(compute: precision.compute()).load(path: model, tokenizer: tokenizer, pictures: pictures)
        if verbose {
            Console.line(loaded.description.path)
            for choice in ModelPlan(loaded.description, precision, memory: memory).choices { Console.line("  \(choice)") }
        }
        return loaded
    }
}

extension Precision: ExpressibleByArgument {}

extension Precision {
    /// For `transform` of an option: says where the types of weights are chosen, which many take this for.
    static func option(_ text: String) throws -> Precision {
        if let precision = Precision(rawValue: text) { return precision }
        let isWeightType = PrecisionChoice(argument: text) != nil
        throw ValidationError(
            "expected one of \(allCases.map(\.rawValue).joined(separator: ", "))"
                + (isWeightType
                    ? "; \(text) is a type of weights, which `millrace models convert MODEL -o FILE.gguf --precision \(text)` writes"
                    : ""))
    }
}
extension Device: ExpressibleByArgument {}
