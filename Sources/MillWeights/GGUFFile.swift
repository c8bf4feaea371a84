import MillTensor

/// A GGUF file (versions 2 and 3, little-endian), mapped read-only and checked wholly before anything is used.
///
/// ```swift
/// let file = try GGUFFile(path: "model.gguf")
/// let layers = try file.metadata.requiredInteger("\(try file.architecture).block_count")
/// let embedding = try file.tensor("token_embd.weight")  // [vocabulary, hidden]
/// ```
/// Refused are: counts, lengths and offsets that the file cannot hold, unknown types, duplicate keys and tensors,
/// more than four dimensions, empty dimensions, rows that split a block, misaligned or overlapping tensor data.
public struct GGUFFile: WeightSource {
    /// Where a tensor lies.
    public struct TensorInfo: Sendable, Hashable {
        public let name: String
        public let dtype: DType
        /// Outermost first; the file stores dimensions innermost first.
        public let shape: [Int]
        /// Bytes from the start of the file.
        public let byteOffset: Int
        public let byteCount: Int
    }

    public let path: String
    /// The format's version: 2 or 3.
    public let version: Int
    /// Every tensor's offset is a multiple of this, counted from the start of the tensor data.
    public let alignment: Int
    public let metadata: GGUFMetadata
    /// In the file's order.
    public let tensorInfos: [TensorInfo]
    let storage: Storage
    private let indices: [String: Int]

    /// Maps and checks the file.
    public init(path: String) throws(WeightsError) {
        let storage: Storage
        do throws(TensorError) { storage = try Storage.map(path: path) } catch {
            throw WeightsError(opening: path, error)
        }
        try self.init(storage: storage, path: path)
    }

    /// Checks a file that is in memory already; `path` is for messages.
    public init(storage: Storage, path: String) throws(WeightsError) {
        var parser = GGUFParser(storage: storage, path: path)
        try parser.parse()
        self.path = path
        self.storage = storage
        version = parser.version
        alignment = parser.alignment
        metadata = parser.metadata
        tensorInfos = parser.tensors
        indices = parser.indices
    }

    /// `general.architecture`, which says what the other keys and tensors mean.
    public var architecture: String {
        get throws(WeightsError) { try metadata.requiredString("general.architecture") }
    }

    public var names: [String] { tensorInfos.map(\.name) }

    public func contains(_ name: String) -> Bool { indices[name] != nil }

    /// Where the tensor lies; nil when there is none of this name.
    public func info(_ name: String) -> TensorInfo? { indices[name].map { tensorInfos[$0] } }

    public func tensor(_ name: String) throws(WeightsError) -> Tensor {
        guard let info = info(name) else { throw missing(name) }
        do throws(TensorError) {
            return try Tensor(storage: storage, dtype: info.dtype, shape: info.shape, byteOffset: info.byteOffset)
                .aligned()
        } catch { throw .tensor(name: name, error) }
    }
}

extension WeightsError {
    /// The error for a file that cannot be mapped.
    init(opening path: String, _ error: TensorError) { self = .unreadable(path: path, reason: error.reason) }
}
