import Glibc
import MillCompute
import MillTensor
import MillWeights

/// Takes tensors out of a file and checks them against what the configuration says about them.
struct WeightReader {
    let source: any WeightSource
    /// Converts vectors to F32.
    let compute: Compute
    /// Notes the tensors that were taken.
    let names = ReadNames()
    /// Notes the matrices that would be faster in panels; nil where they are not wanted.
    var plan: PanelPlan?
    /// Matrices that lie in panels.
    var panels: [PanelKey: WeightPanels] = [:]

    func contains(_ name: String) -> Bool { source.contains(name) }

    /// The shape of a tensor that decides about others.
    func shape(_ name: String) throws(ModelError) -> [Int] {
        do { return try source.layout(name).shape } catch { throw .weights(error) }
    }

    /// The rows of a matrix that decides about others; at least one.
    func rowCount(_ name: String) throws(ModelError) -> Int {
        guard let count = try shape(name).first, count > 0 else { throw problem(name, "has no rows") }
        return count
    }

    private func problem(_ name: String, _ problem: String) -> ModelError {
        .tensor(path: source.path, name: name, problem: problem)
    }

    /// A view on the file's tensor, of whatever floating-point or quantized type.
    func tensor(_ name: String, _ shape: [Int]) throws(ModelError) -> Tensor {
        let tensor: Tensor
        do { tensor = try source.tensor(name) } catch { throw .weights(error) }
        names.insert(name)
        guard tensor.shape == shape else {
            throw problem(name, "has shape \(tensor.shape), but the configuration asks for \(shape)")
        }
        switch tensor.dtype {
        case .f64, .i8, .u8, .i16, .i32, .i64, .bool:
            throw problem(name, "holds \(tensor.dtype.name), which is no weight type that can be computed with")
        default: return tensor
        }
    }

    /// A vector (norm, bias, gate) in F32; other types are converted.
    func vector(_ name: String, _ count: Int) throws(ModelError) -> Tensor {
        try float32(try tensor(name, [count]))
    }

    func optionalVector(_ name: String, _ count: Int) throws(ModelError) -> Tensor? {
        contains(name) ? try vector(name, count) : nil
    }

    /// The opening of a gate, `tanh` of the stored scalar.
    func gate(_ name: String) throws(ModelError) -> Float { tanh(try scalar(name)) }

    /// The same elements in F32.
    func float32(_ tensor: Tensor) throws(ModelError) -> Tensor {
        if tensor.dtype == .f32 { return tensor }
        return try ModelError.wrapping {
            let converted = try Tensor.allocate(.f32, tensor.shape)
            try compute.dequantize(tensor, into: converted)
            return converted
        }
    }

    /// A matrix that activations are multiplied with; it may be a table besides.
    func matrix(_ name: String, _ shape: [Int]) throws(ModelError) -> WeightMatrix {
        try matrix(name, rows: 0..<shape[0], of: try tensor(name, shape))
    }

    private func matrix(_ name: String, rows: Range<Int>, of whole: Tensor) throws(ModelError) -> WeightMatrix {
        let key = PanelKey(name: name, rows: rows)
        if let found = panels[key] { return .panels(found) }
        let part: Tensor
        do { part = rows.count == whole.shape[0] ? whole : try whole.rows(rows) } catch { throw .memory(error) }
        plan?.add(key, part)
        return .rows(part)
    }

    /// `name.weight [out, in]` and `name.bias [out]`.
    ///
    /// - Parameter hasBias: whether there is a bias; nil where the file alone says it.
    func linear(_ name: String, _ out: Int, _ input: Int, hasBias: Bool? = nil) throws(ModelError) -> Linear {
        let weight = try matrix("\(name).weight", [out, input])
        let hasBias = hasBias ?? contains("\(name).bias")
        return Linear(weight: weight, bias: hasBias ? try vector("\(name).bias", out) : nil)
    }

    /// A tensor `[count, out, input]` as its matrices.
    func stack(_ name: String, _ count: Int, _ out: Int, _ input: Int) throws(ModelError) -> [WeightMatrix] {
        let tensor = try tensor(name, [count, out, input])
        let whole = try ModelError.wrapping { try tensor.reshaped([count * out, input]) }
        return try (0..<count).map { index throws(ModelError) in
            try matrix(name, rows: index * out..<(index + 1) * out, of: whole)
        }
    }

    /// One matrix that holds several layers' outputs one after the other, split into them.
    func linears(_ name: String, _ outs: [Int], _ input: Int) throws(ModelError) -> [Linear] {
        let count = outs.reduce(0, +)
        let whole = try tensor("\(name).weight", [count, input])
        let bias = try optionalVector("\(name).bias", count)
        var start = 0
        var parts: [Linear] = []
        for out in outs {
            let rows = start..<start + out
            do {
                let bias = try bias.map { bias throws(TensorError) in try bias.rows(rows) }
                parts.append(Linear(weight: try matrix("\(name).weight", rows: rows, of: whole), bias: bias))
            } catch { throw ModelError(error) }
            start += out
        }
        return parts
    }
}
