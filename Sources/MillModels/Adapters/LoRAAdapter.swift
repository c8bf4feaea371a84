import MillCompute
import MillTensor
import MillWeights

/// The matrices of a decoder's block that an adapter can change.
enum AdapterTarget: Int, Sendable, CaseIterable {
    case query, key, value, output, gate, up, down
}

/// One or several low-rank adapters (LoRA, arXiv:2106.09685) of one text model: `y = W x + sum of scale * B (A x)`.
///
/// ```swift
/// let adapter = try LoRAAdapter(path: "samples/models/scribe/adapters/tools", for: model)
/// let context = try model.makeContext(capacity: 512, adapter: adapter)
/// ```
/// The base weights stay as they are, of whatever type; sequences with different adapters, and without any, share a pass. The
/// factors of several adapters for one matrix lie beside each other, as one of the sum of their ranks.
public final class LoRAAdapter: Sendable {
    /// The two factors for one matrix; the scale is in `up`.
    struct Change: Sendable {
        /// F32 `[rank, in]`.
        let down: Tensor
        /// F32 `[out, rank]`, in the order of rows of the model's file.
        let up: Tensor
    }

    public let path: String
    /// Of all adapters together.
    public let rank: Int
    /// The matrices that it changes.
    public let changeCount: Int
    let model: TextModel
    /// By layer and ``AdapterTarget``.
    let changes: [[Change?]]
    // Working memory, used only while the model computes a pass, one at a time.
    private let inner: Buffer
    private let outer: [AdapterTarget: Buffer]

    /// Reads a PEFT folder (`adapter_config.json`, `adapter_model.safetensors`) or a GGUF adapter, and checks it against the model.
    ///
    /// - Throws: ``ModelError``, naming the matrix that the model lacks or whose size differs.
    public convenience init(path: String, for model: TextModel) throws(ModelError) {
        try self.init([Source(path: path)], for: model)
    }

    /// Reads several, whose changes add up.
    public convenience init(_ sources: [Source], for model: TextModel) throws(ModelError) {
        guard !sources.isEmpty else { throw .misuse("no adapter is named") }
        var files: [(file: LoRAFile, scale: Float)] = []
        for source in sources {
            do { files.append((try LoRAFile(path: source.path), source.scale)) } catch { throw .weights(error) }
        }
        try self.init(files: files, for: model)
    }

    /// Checks what was read already against the model.
    package init(files: [(file: LoRAFile, scale: Float)], for model: TextModel) throws(ModelError) {
        path = files.map(\.file.path).joined(separator: ", ")
        self.model = model
        rank = files.reduce(0) { $0 + $1.file.rank }
        guard rank <= LoRAFile.maximumRank else {
            throw .misuse("the adapters have a rank of \(rank) together, and at most \(LoRAFile.maximumRank) is supported")
        }
        var changes: [[Change?]] = Array(
            repeating: Array(repeating: nil, count: AdapterTarget.allCases.count), count: model.configuration.layerCount)
        var start = 0
        var modules: Set<String> = []
        for (file, scale) in files {
            let reading = AdapterReading(file, scale: scale, ranks: start..<start + file.rank, of: rank)
            for (layer, target, change) in try reading.changes(for: model.configuration) {
                let known = changes[layer][target.rawValue]
                changes[layer][target.rawValue] = try known.map { known throws(ModelError) in try known.adding(change) } ?? change
                modules.insert("\(layer) \(target)")
            }
            start += file.rank
        }
        changeCount = files.count == 1 ? files[0].file.changes.count : modules.count
        self.changes = changes
        do {
            inner = try Buffer(rows: TextModel.chunkLength, rank)
            var buffers: [AdapterTarget: Buffer] = [:]
            for target in AdapterTarget.allCases {
                guard let change = changes.lazy.compactMap({ $0[target.rawValue] }).first else { continue }
                buffers[target] = try Buffer(rows: TextModel.chunkLength, change.up.shape[0])
            }
            outer = buffers
        } catch { throw .memory(error) }
    }

    /// y `[n, out]` += scale * B (A x) for x `[n, in]`, where the adapter changes the matrix.
    func add(_ target: AdapterTarget, layer: Int, _ x: Tensor, into y: Tensor, on compute: Compute) throws {
        guard let change = changes[layer][target.rawValue], let buffer = outer[target] else { return }
        let rows = x.shape[0]
        let low = try inner.view(rows)
        let delta = try buffer.view(rows)
        try compute.linear(x, change.down, into: low)
        try compute.linear(low, change.up, into: delta)
        try compute.add(delta, into: y)
    }
}

extension LoRAAdapter.Change {
    /// Both changes: their factors are zero where the other one's are not.
    fileprivate func adding(_ other: Self) throws(ModelError) -> Self {
        try ModelError.wrapping {
            func sum(_ first: Tensor, _ second: Tensor) throws -> Tensor {
                try Tensor(zip(first.floats(), second.floats()).map { $0 + $1 }, shape: first.shape)
            }
            return Self(down: try sum(down, other.down), up: try sum(up, other.up))
        }
    }
}
