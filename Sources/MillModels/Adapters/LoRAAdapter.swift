import MillCompute
import MillTensor
import MillWeights

/// The matrices of a decoder's block that an adapter can change.
enum AdapterTarget: Int, Sendable, CaseIterable {
    case query, key, value, output, gate, up, down
}

/// A low-rank adapter (LoRA, arXiv:2106.09685) of one text model: `y = W x + scale * B (A x)`.
///
/// ```swift
/// let adapter = try LoRAAdapter(path: "samples/models/scribe/adapters/tools", for: model)
/// let context = try model.makeContext(capacity: 512, adapter: adapter)
/// ```
/// The base weights stay as they are, of whatever type; sequences with different adapters, and without any, share a pass.
public final class LoRAAdapter: Sendable {
    /// The two factors for one matrix; the scale is in `up`.
    private struct Change: Sendable {
        let down: Linear
        let up: Linear
    }

    public let path: String
    public let rank: Int
    /// The matrices that it changes.
    public let changeCount: Int
    let model: TextModel
    /// By layer and ``AdapterTarget``.
    private let changes: [[Change?]]
    // Working memory, used only while the model computes a pass, one at a time.
    private let inner: Buffer
    private let outer: [AdapterTarget: Buffer]

    /// Reads a PEFT folder (`adapter_config.json`, `adapter_model.safetensors`) and checks it against the model.
    ///
    /// - Throws: ``ModelError``, naming the matrix that the model lacks or whose size differs.
    public init(path: String, for model: TextModel) throws(ModelError) {
        let file: LoRAFile
        do { file = try LoRAFile(path: path) } catch { throw .weights(error) }
        self.path = path
        self.model = model
        rank = file.rank
        changeCount = file.changes.count
        let places = AdapterPlaces(model.configuration)
        var changes: [[Change?]] = Array(
            repeating: Array(repeating: nil, count: AdapterTarget.allCases.count), count: model.configuration.layerCount)
        for (module, change) in file.changes.sorted(by: { $0.key < $1.key }) {
            func problem(_ text: String) -> ModelError { .tensor(path: path, name: module, problem: text) }
            guard !places.isOfExperts(module) else {
                throw problem("belongs to the experts of its layer, which adapters cannot change; there are \(places.names)")
            }
            guard let place = places.place(of: module) else {
                throw problem("is no matrix of the model that an adapter can change; there are \(places.names)")
            }
            let shape = [change.up.shape[0], change.down.shape[1]]
            guard shape == place.shape else {
                throw problem("is to be changed by \(shape), but in the model it is \(place.shape)")
            }
            let down = try Self.float32(change.down, scale: 1, problem: problem)
            let up = try Self.float32(change.up, scale: file.scale, problem: problem)
            var start = 0
            for output in place.outputs {
                let part = try ModelError.wrapping { try up.rows(start..<start + output.count) }
                start += output.count
                let ordered = try output.order.map { order throws(ModelError) in try part.reordered(order) }
                changes[place.layer][output.target.rawValue] = Change(
                    down: Linear(weight: .rows(down), bias: nil), up: Linear(weight: .rows(ordered ?? part), bias: nil))
            }
        }
        self.changes = changes
        do {
            inner = try Buffer(rows: TextModel.chunkLength, rank)
            var buffers: [AdapterTarget: Buffer] = [:]
            for target in AdapterTarget.allCases {
                guard let change = changes.lazy.compactMap({ $0[target.rawValue] }).first else { continue }
                buffers[target] = try Buffer(rows: TextModel.chunkLength, change.up.weight.shape[0])
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
        try change.down.run(x, into: low, on: compute)
        try change.up.run(low, into: delta, on: compute)
        try compute.add(delta, into: y)
    }

    private static func float32(
        _ tensor: Tensor, scale: Float, problem: (String) -> ModelError
    ) throws(ModelError) -> Tensor {
        let values: [Float]
        do { values = try Quantizer.dequantize(tensor).floats() } catch { throw ModelError(error) }
        let scaled = scale == 1 ? values : values.map { $0 * scale }
        guard scaled.allSatisfy(\.isFinite) else { throw problem("is changed by numbers that are not finite") }
        return try ModelError.wrapping { try Tensor(scaled, shape: tensor.shape) }
    }
}
