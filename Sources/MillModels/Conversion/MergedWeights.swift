import MillCompute
import MillTensor
import MillWeights

/// A text model's weights with what adapters add: `W + B A`, in F32.
struct MergedWeights: WeightSource {
    private struct Part: Sendable {
        /// The first row of the tensor that it changes.
        let start: Int
        let change: LoRAAdapter.Change
    }

    private let source: any WeightSource
    /// By the name of the tensor in the source.
    private let parts: [String: [Part]]

    /// - Parameter names: what the source calls its tensors.
    init(_ source: any WeightSource, _ adapter: LoRAAdapter, _ names: TextNames) throws(ModelError) {
        self.source = source
        var parts: [String: [Part]] = [:]
        let c = adapter.model.configuration
        for (layer, changes) in adapter.changes.enumerated() {
            let prefix = names.layer(layer)
            let fused = source.contains("\(prefix)\(names.queryKeyValue).weight")
            for target in AdapterTarget.allCases {
                guard let change = changes[target.rawValue] else { continue }
                let (name, start) = Self.place(of: target, names, c, isFused: fused)
                parts["\(prefix)\(name).weight", default: []].append(Part(start: start, change: change))
            }
        }
        self.parts = parts
        for name in parts.keys where !source.contains(name) {
            throw .tensor(path: source.path, name: name, problem: "is changed by \(adapter.path), and is not there")
        }
    }

    private static func place(
        of target: AdapterTarget, _ names: TextNames, _ c: DecoderConfiguration, isFused: Bool
    ) -> (name: String, start: Int) {
        switch target {
        case .query: isFused ? (names.queryKeyValue, 0) : (names.query, 0)
        case .key: isFused ? (names.queryKeyValue, c.querySize) : (names.key, 0)
        case .value: isFused ? (names.queryKeyValue, c.querySize + c.keySize) : (names.value, 0)
        case .output: (names.output, 0)
        case .gate: c.family.fusesGate ? (names.gateUp, 0) : (names.gate, 0)
        case .up: c.family.fusesGate ? (names.gateUp, c.intermediateSize) : (names.up, 0)
        case .down: (names.down, 0)
        }
    }

    var path: String { source.path }
    var names: [String] { source.names }
    var format: String { source.format }
    func contains(_ name: String) -> Bool { source.contains(name) }
    func isMade(_ name: String) -> Bool { parts[name] != nil || source.isMade(name) }

    func layout(_ name: String) throws(WeightsError) -> TensorLayout {
        let layout = try source.layout(name)
        // The sum has more digits than the source's type.
        return parts[name] == nil ? layout : TensorLayout(.f32, layout.shape)
    }

    /// The first tensor that adapters change and that is quantized in the source.
    func quantized() throws(WeightsError) -> (name: String, dtype: DType)? {
        for name in parts.keys.sorted() {
            let dtype = try source.layout(name).dtype
            if dtype.isQuantized { return (name, dtype) }
        }
        return nil
    }

    func tensor(_ name: String) throws(WeightsError) -> Tensor {
        let tensor = try source.tensor(name)
        guard let parts = parts[name] else { return tensor }
        do {
            let values = try Quantizer.dequantize(tensor)
            let sum = values.storage.isWritable && values.storage !== tensor.storage ? values : try values.copy()
            let compute = Compute(.shared, activations: .float32)
            for part in parts {
                // delta[i] = B[i] A: the product of B with the columns of A.
                let (rank, width) = (part.change.down.shape[0], part.change.down.shape[1])
                let columns = try Self.transposed(try part.change.down.floats(), rows: rank, columns: width)
                let delta = try Tensor.allocate(.f32, [part.change.up.shape[0], width])
                try compute.linear(part.change.up, columns, into: delta)
                try compute.add(delta, into: try sum.rows(part.start..<part.start + delta.shape[0]))
            }
            return sum
        } catch let error as WeightsError { throw error } catch {
            throw .invalidContent(item: "tensor \(name)", reason: "\(error)")
        }
    }

    private static func transposed(_ values: [Float], rows: Int, columns: Int) throws(TensorError) -> Tensor {
        var result = [Float](repeating: 0, count: values.count)
        for row in 0..<rows {
            for column in 0..<columns { result[column * rows + row] = values[row * columns + column] }
        }
        return try Tensor(result, shape: [columns, rows])
    }
}
