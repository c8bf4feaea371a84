import Glibc
import MillCompute
import MillWeights

/// The files that a conversion reads. None of them is written over, and together with the options they decide about the result.
struct ConversionSources: Sendable {
    private let model: [String]
    private let adapters: [(scale: Float, files: [String])]
    /// Adapters as they were when they were read.
    private let adapterStates: [String]

    init(model: [String], adapters: [(scale: Float, files: [String])] = []) {
        self.model = model
        self.adapters = adapters
        adapterStates = adapters.map { adapter in (adapter.files.map(Self.state) + ["\(adapter.scale)"]).joined(separator: "\n") }
    }

    var paths: [String] { model + adapters.flatMap(\.files) }

    /// A file itself; of a folder, what is in it.
    static func files(of path: String) -> [String] { ModelFile.isFolder(path) ? files(in: path) : [path] }

    /// All that is in a folder belongs to its model, under whatever names, but for what conversions write there.
    static func files(in folder: String) -> [String] {
        let written = [".gguf", OutputTarget.partEnding, OutputTarget.journalEnding]
        return ModelFile.names(in: folder).filter { name in !written.contains(where: name.hasSuffix) }.map { "\(folder)/\($0)" }
    }

    /// Refuses an output that is one of the files, or whose unfinished file would be.
    func checkIsNone(_ path: String) throws(ModelError) {
        func refuse(_ file: String, _ what: String) throws(ModelError) {
            guard let part = OutputTarget.endings.first(where: { ModelFile.isSame(path + $0, file) }) else { return }
            let place = part.isEmpty ? "it" : "\(path)\(part), where it would be made,"
            throw .weights(.unwritable(path: path, reason: "\(place) is \(what); choose another name"))
        }
        for file in model {
            try refuse(
                file,
                model.count == 1 ? "the file that is converted" : "\(ModelFile.split(file).name) of the model that is converted")
        }
        for file in adapters.flatMap(\.files) {
            try refuse(file, "\(ModelFile.split(file).name) of an adapter that is merged")
        }
    }

    /// Sources and importance as a text that another run has only with the same ones.
    func identity(_ importance: ImportanceMatrix?) -> String {
        (model.map(Self.state) + adapterStates + (importance.map { ["importance \($0.hash.hex)"] } ?? [])).joined(separator: "\n")
    }

    /// A file's path, size and time of its last change; of a folder, those of what is in it.
    private static func state(_ path: String) -> String {
        if ModelFile.isFolder(path) { return ModelFile.names(in: path).map { state("\(path)/\($0)") }.joined(separator: "\n") }
        var status = stat()
        guard stat(path, &status) == 0 else { return path }
        return "\(path) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }
}

extension ModelDescription {
    /// The files that the model was read from: of a folder with `config.json` what is in it, of a GGUF file all parts.
    package var files: [String] {
        ModelFile.isFolder(path) ? ConversionSources.files(in: path) : (try? GGUFFile(path: path).paths) ?? [path]
    }
}
