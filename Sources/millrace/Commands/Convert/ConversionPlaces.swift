import MillModels
import MillValue
import MillWeights

/// Refuses files to write that would take the place of what is read, or of each other.
struct ConversionPlaces {
    let options: ConversionOptions
    /// The files of the model and of the adapters. That the output is none of them the converter checks itself.
    let sources: [String]

    func check() throws {
        let read = [("--imatrix", options.imatrix), ("--calibrate", options.calibrate), ("--verify", options.verify)]
        let saved = ("--save-imatrix", options.saveImatrix)
        for (option, path) in read + [saved] {
            guard let path, Self.isWritten(options.output, over: path) else { continue }
            throw Failure.usage("-o \(options.output) would take the place of \(option) \(path); choose another name")
        }
        guard let path = options.saveImatrix else { return }
        for (option, other) in read {
            guard let other, ModelFile.isSamePlace(path, other) else { continue }
            throw Failure.usage("--save-imatrix \(path) would take the place of \(option) \(other); choose another name")
        }
        if let source = sources.first(where: { ModelFile.isSame(path, $0) }) {
            throw Failure.usage(
                "--save-imatrix \(path) would take the place of \(source), which is converted; choose another name")
        }
        if let kind = try Self.otherKind(path) {
            throw Failure.usage("--save-imatrix \(path) would take the place of \(kind); choose another name")
        }
    }

    /// What a GGUF file is that is there already and no importance matrix; nil for all other places.
    private static func otherKind(_ path: String) throws -> String? {
        guard ModelFile.isGGUF(path) else { return nil }
        guard let file = try? GGUFFile(path: path) else { return "a GGUF file that is damaged" }
        let type = file.metadata.valueMap()["general.type"]?.string
        return type == "imatrix" ? nil : "a GGUF file whose general.type is \(type ?? "not there"), and not imatrix"
    }

    /// Whether an output, or what it is made in, lies where another file does or is to be.
    private static func isWritten(_ output: String, over path: String) -> Bool {
        OutputTarget.endings.contains { ModelFile.isSamePlace(output + $0, path) }
    }
}
