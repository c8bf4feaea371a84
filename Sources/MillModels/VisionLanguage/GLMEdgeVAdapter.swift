import MillCompute
import MillTensor
import MillWeights

/// GLM-Edge-V's way from a SigLIP tower's features to rows of the text model, with a vector before and after them.
///
/// A 2 × 2 convolution with stride 2 over the grid of patches, a linear layer, LayerNorm, GELU, and a gated MLP:
/// `dense_4h_to_h(silu(gate(x)) · dense_h_to_4h(x))`; then `boi`, the rows, `eoi`. The checkpoints' own code was not at hand:
/// the form of GELU and the epsilon are those of llama.cpp (tanh, 1e-6) unless the file states others.
struct GLMEdgeVAdapter: PictureProjector {
    /// What the files may state.
    struct Options {
        var gelu = GELU.tanh
        var epsilon = 1e-6
    }

    /// Sides of the squares of patches that become one row.
    private static let side = 2

    let featureSize: Int
    let hiddenSize: Int
    /// The patches in a row of the grid.
    let gridSize: Int
    /// `[hidden, features * 4]`: within a row by feature, then by line, then by column.
    let convolution: Linear
    let linear: Linear
    let norm: LayerNorm
    let gate: Linear
    let up: Linear
    let down: Linear
    /// F32 `[1, hidden]`: the vectors before and after the picture.
    let begin: Tensor
    let end: Tensor
    let options: Options
    let compute: Compute

    private var sideCount: Int { gridSize / Self.side }

    func run(_ features: Tensor, pool: StoragePool) throws(ModelError) -> Tensor {
        try ModelError.wrapping {
            let count = sideCount * sideCount
            func buffer(_ width: Int) throws -> Tensor { try Tensor.allocate(.f32, [count, width], pool: pool) }
            let patches = try buffer(featureSize * Self.side * Self.side)
            gather(features, into: patches)
            let (x, normed) = (try buffer(hiddenSize), try buffer(hiddenSize))
            try convolution.run(patches, into: x, on: compute)
            try linear.run(x, into: normed, on: compute)
            try norm.run(normed, epsilon: Float(options.epsilon), into: normed, on: compute)
            try compute.gelu(normed, options.gelu)
            let (gated, inner) = (try buffer(gate.weight.shape[0]), try buffer(up.weight.shape[0]))
            try compute.linear(normed, [gate.output(into: gated), up.output(into: inner)])
            try compute.siluMul(gated, inner, into: inner)
            let result = try Tensor.allocate(.f32, [count + 2, hiddenSize], pool: pool)
            try compute.embed([0], begin, into: try result.rows(0..<1))
            try down.run(inner, into: try result.rows(1..<count + 1), on: compute)
            try compute.embed([0], end, into: try result.rows(count + 1..<count + 2))
            return result
        }
    }

    /// Features of squares of patches side by side, as the convolution's matrix takes them. Rows and columns that fill no
    /// square are left out.
    private func gather(_ features: Tensor, into patches: Tensor) {
        guard let target = patches.mutablePointer?.assumingMemoryBound(to: Float.self) else { return }
        // Bounded by the shapes that `run` and the tower's configuration set: gridSize² rows of featureSize values.
        let source = features.pointer.assumingMemoryBound(to: Float.self)
        let (side, width) = (Self.side, featureSize)
        for row in 0..<sideCount * side {
            for column in 0..<sideCount * side {
                let from = source + (row * gridSize + column) * width
                let square = (row / side) * sideCount + column / side
                let to = target + square * width * side * side + (row % side) * side + column % side
                for feature in 0..<width { to[feature * side * side] = from[feature] }
            }
        }
    }
}

extension GLMEdgeVAdapter {
    /// Under the hub's names: `prefix{conv,linear.{linear_proj,norm1,gate_proj,dense_h_to_4h,dense_4h_to_h},boi,eoi}`.
    init(
        hub reader: WeightReader, prefix: String, tower: SiglipConfiguration, hidden: Int, _ options: Options,
        compute: Compute
    ) throws(ModelError) {
        try self.init(
            reader, prefix, names: ("linear_proj", "gate_proj"), tower: tower, hidden: hidden, vectors: [1, 1, hidden], options,
            compute: compute)
    }

    /// Under the names of mmproj files: `adapter.{conv,linear.{linear,norm1,gate,dense_h_to_4h,dense_4h_to_h},boi,eoi}`.
    init(
        gguf reader: WeightReader, tower: SiglipConfiguration, _ options: Options, compute: Compute
    ) throws(ModelError) {
        let hidden = try reader.rowCount("adapter.linear.linear.weight")
        try self.init(
            reader, "adapter.", names: ("linear", "gate"), tower: tower, hidden: hidden, vectors: [hidden], options,
            compute: compute)
    }

    private init(
        _ reader: WeightReader, _ prefix: String, names: (linear: String, gate: String), tower: SiglipConfiguration, hidden: Int,
        vectors: [Int], _ options: Options, compute: Compute
    ) throws(ModelError) {
        let (features, side) = (tower.hiddenSize, Self.side)
        guard tower.gridWidth >= side else {
            throw .configuration(
                path: reader.source.path, key: "image_size",
                problem: "gives a grid of \(tower.gridWidth) patches, too few for the adapter")
        }
        let mlp = prefix + "linear."
        let inner = try reader.rowCount(mlp + "dense_h_to_4h.weight")
        let weight = try reader.tensor(prefix + "conv.weight", [hidden, features, side, side])
        func vector(_ name: String) throws(ModelError) -> Tensor {
            let vector = try reader.float32(try reader.tensor(prefix + name, vectors))
            do { return try vector.reshaped([1, hidden]) } catch { throw .memory(error) }
        }
        do {
            convolution = Linear(
                weight: .rows(try weight.reshaped([hidden, features * side * side])),
                bias: try reader.vector(prefix + "conv.bias", hidden))
        } catch { throw ModelError(error) }
        featureSize = features
        hiddenSize = hidden
        gridSize = tower.gridWidth
        linear = try reader.linear(mlp + names.linear, hidden, hidden)
        norm = try reader.layerNorm(mlp + "norm1", hidden)
        gate = try reader.linear(mlp + names.gate, inner, hidden)
        up = try reader.linear(mlp + "dense_h_to_4h", inner, hidden)
        down = try reader.linear(mlp + "dense_4h_to_h", hidden, inner)
        begin = try vector("boi")
        end = try vector("eoi")
        self.options = options
        self.compute = compute
    }
}
