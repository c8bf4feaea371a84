import Logging
import MillCompute
import MillGraph
import MillInference
import MillModels
import MillValue

/// Entries of `models`: a loaded model with its lane.
enum ModelResource {
    static let type = ResourceType(
        "model", "A model: a folder as the hub has it, a GGUF file, or builtin:NAME.",
        configuration: [
            ConfigField("path", .string, "folder, .gguf file or builtin:NAME; relative to the pipeline file", required: true),
            ConfigField(
                "mmproj", .string,
                "a GGUF text model's picture side; by default the one mmproj*.gguf in the same folder, if there is one"),
            ConfigField(
                "precision", .choice(["auto", "int8", "float32"]),
                "how quantized weights are multiplied: 8-bit activations, or exactly in F32", default: "auto"),
            ConfigField("device", .choice(["auto", "cpu"]), "where it runs", default: "auto"),
        ],
        check: { context in
            ["path", "mmproj"].compactMap { key in
                guard let path = try? location(context, key) else { return nil }
                do { try ModelLocation.check(path) } catch { return ConfigurationProblem([key], "\(error)") }
                return nil
            }
        },
        make: { context in
            let exact = context.config["precision"]?.string == "float32"
            let compute = exact ? Compute(.shared, activations: .float32) : .shared
            let pictures =
                context.config["mmproj"] == nil ? PictureSide.beside : .file(try location(context, "mmproj"))
            let host = try ModelHost(
                path: try location(context, "path"), pictures: pictures, compute: compute, clock: context.clock)
            context.logger.info(
                "model \(context.name): \(host.model.description.path), \(compute.isa.rawValue), \(compute.threadCount) threads, \(exact ? "F32" : "int8") activations"
            )
            return host
        })

    private static func location(_ context: ResourceContext, _ key: String) throws -> String {
        let path = try context.config.string(key)
        return path.hasPrefix("builtin:") || path.hasPrefix("/") ? path : "\(context.directory)/\(path)"
    }
}
