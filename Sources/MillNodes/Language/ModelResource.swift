import Logging
import MillCompute
import MillGraph
import MillInference
import MillModels
import MillValue

/// Entries of `models`: a loaded model with its lane.
enum ModelResource {
    static let type = ResourceType(
        "model", "A model: a folder as the hub has it, a GGUF file, builtin:NAME, or name:NAME as `millrace models add` gave it.",
        configuration: [
            ConfigField(
                "path", .string, "folder, .gguf file, builtin:NAME or name:NAME; paths are relative to the pipeline file",
                required: true),
            ConfigField(
                "mmproj", .string,
                "a GGUF text model's picture side; by default the one mmproj*.gguf in the same folder, if there is one"),
            ConfigField(
                "precision",
                .choice(
                    Precision.allCases.map(\.rawValue),
                    hint:
                        "types of weights belong to the file: millrace models convert MODEL -o FILE --precision q4_k_m writes one"
                ),
                "how exactly it computes: quantized weights with 8-bit activations, or all in F32; the log says what auto chose",
                default: "auto"),
            ConfigField(
                "device", .choice(Device.allCases.map(\.rawValue)), "where it computes; there is only the processor",
                default: "auto"),
        ],
        check: { context in
            ["path", "mmproj"].compactMap { key in
                guard let path = try? location(context, key) else { return nil }
                do { try ModelLocation.check(path) } catch { return ConfigurationProblem([key], "\(error)") }
                return nil
            }
        },
        make: { context in
            let precision = context.config["precision"]?.string.flatMap(Precision.init(rawValue:)) ?? .auto
            let compute = precision.compute()
            let memory = MemoryBudget.now()
            let pictures =
                context.config["mmproj"] == nil ? PictureSide.beside : .file(try location(context, "mmproj"))
            let host = try ModelHost(
                path: try location(context, "path"), pictures: pictures, compute: compute, clock: context.clock)
            let plan = ModelPlan(host.model.description, precision, compute: compute, memory: memory)
            context.logger.info("model \(context.name): \(host.model.description.path)")
            for choice in plan.choices { context.logger.info("model \(context.name): \(choice)") }
            return host
        })

    private static func location(_ context: ResourceContext, _ key: String) throws -> String {
        ModelLocation.name(try context.config.string(key), in: context.directory)
    }
}
