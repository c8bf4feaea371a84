import MillTensor

/// A GGUF file (versions 2 and 3, little-endian), mapped read-only and checked wholly before anything is used.
///
/// ```swift
/// let file = try GGUFFile(path: "model.gguf")
/// let layers = try file.metadata.requiredInteger("\(try file.architecture).block_count")
/// let embedding = try file.tensor("token_embd.weight")  // [vocabulary, hidden]
/// ```
/// The first part of a model that was split into files (`NAME-00001-of-00003.gguf`) opens all of them.
///
/// Refused are: counts, lengths and offsets that the file cannot hold, unknown types, duplicate keys and tensors,
/// more than four dimensions, empty dimensions, rows that split a block, misaligned or overlapping tensor data.
public struct GGUFFile: WeightSource {
    /// Where a tensor lies.
    public struct TensorInfo: Sendable, Hashable {
        public let name: String
        public let dtype: DType
        /// Outermost first; the file stores dimensions innermost first.
        public let shape: [Int]
        /// Bytes from the start of the file, or of its part.
        public let byteOffset: Int
        public let byteCount: Int
    }

    public let path: String
    /// All files that it is read from: that of ``path``, and the other parts of a model that was split.
    public private(set) var paths: [String]
    /// The format's version: 2 or 3.
    public let version: Int
    /// Every tensor's offset is a multiple of this, counted from the start of the tensor data.
    public let alignment: Int
    public let metadata: GGUFMetadata
    /// In the file's order.
    public private(set) var tensorInfos: [TensorInfo]
    private var indices: [String: Int]
    /// Each file, and the index of its first tensor.
    private var parts: [(storage: Storage, start: Int)]

    /// Maps and checks the file, and the other parts if it is the first of several.
    ///
    /// - Throws: ``WeightsError``, also for another part than the first, and where one is missing or belongs to another model.
    public init(path: String) throws(WeightsError) {
        self.init(parsed: try Self.mapped(path), path: path)
        guard let split = try GGUFSplit(metadata, path: path) else { return }
        for (index, file) in try split.otherFiles(path: path).enumerated() {
            guard FileSystem.exists(file) else {
                throw .unreadable(
                    path: file, reason: "there is no such file; it is part \(index + 2) of \(split.count) of \(path)")
            }
            let parser = try Self.mapped(file)
            try split.check(part: index + 1, parser.metadata, metadata)
            try add(parser, path: file)
        }
        guard tensorInfos.count == split.tensorCount else {
            throw .invalidSetting(
                path: path, key: "split.tensors.count",
                reason: "it is \(split.tensorCount), but the parts hold \(tensorInfos.count)")
        }
    }

    /// Checks a file that is in memory already; `path` is for messages.
    ///
    /// - Throws: ``WeightsError``, also for a file that is a part of several.
    public init(storage: Storage, path: String) throws(WeightsError) {
        self.init(parsed: try GGUFParser(parsing: storage, path: path), path: path)
        if let split = try GGUFSplit(metadata, path: path) {
            throw .unsupported(
                path: path, item: "split.count", reason: "it is part \(split.number + 1) of \(split.count), and no whole model")
        }
    }

    private static func mapped(_ path: String) throws(WeightsError) -> GGUFParser {
        try GGUFParser(parsing: try FileSystem.map(path), path: path)
    }

    /// A file by itself, also one that is a part.
    init(parsed parser: GGUFParser, path: String) {
        self.path = path
        paths = [path]
        version = parser.version
        alignment = parser.alignment
        metadata = parser.metadata
        tensorInfos = parser.tensors
        indices = parser.indices
        parts = [(parser.storage, 0)]
    }

    private mutating func add(_ parser: GGUFParser, path: String) throws(WeightsError) {
        parts.append((parser.storage, tensorInfos.count))
        paths.append(path)
        for info in parser.tensors {
            guard indices.updateValue(tensorInfos.count, forKey: info.name) == nil else {
                throw .malformed(
                    path: path, item: "tensor \(info.name)", offset: info.byteOffset, reason: "another part holds it, too")
            }
            tensorInfos.append(info)
        }
    }

    /// `general.architecture`, which says what the other keys and tensors mean.
    public var architecture: String {
        get throws(WeightsError) { try metadata.requiredString("general.architecture") }
    }

    public var names: [String] { tensorInfos.map(\.name) }

    public var format: String { parts.count > 1 ? "GGUF, \(parts.count) parts" : "GGUF" }

    public func contains(_ name: String) -> Bool { indices[name] != nil }

    /// Where the tensor lies; nil when there is none of this name.
    public func info(_ name: String) -> TensorInfo? { indices[name].map { tensorInfos[$0] } }

    public func tensor(_ name: String) throws(WeightsError) -> Tensor {
        guard let index = indices[name], let part = parts.last(where: { $0.start <= index }) else { throw missing(name) }
        let info = tensorInfos[index]
        do throws(TensorError) {
            return try Tensor(storage: part.storage, dtype: info.dtype, shape: info.shape, byteOffset: info.byteOffset)
                .aligned()
        } catch { throw .tensor(name: name, error) }
    }
}

extension WeightsError {
    /// The error for a file that cannot be mapped.
    init(opening path: String, _ error: TensorError) { self = .unreadable(path: path, reason: error.reason) }
}
