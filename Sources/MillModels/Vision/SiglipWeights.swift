import MillCompute
import MillTensor
import MillWeights

/// The weights of a SigLIP vision tower.
struct SiglipWeights: Sendable {
    let encoder: PatchEncoder.Weights
    /// nil in mmproj files whose projector takes the features before it.
    let norm: LayerNorm?
    /// nil where the file has none: those of language models.
    let head: SiglipHead?
}

extension SiglipWeights {
    /// Under the hub's names, with or without `vision_model.` before them.
    init(hub reader: WeightReader, _ c: TowerConfiguration) throws(ModelError) {
        let start = "vision_model.embeddings.patch_embedding.weight"
        try self.init(hub: reader, prefix: reader.contains(start) ? "vision_model." : "", c)
    }

    /// Under the hub's names after `prefix`.
    ///
    /// - Parameter readsHead: whether the pooling head is wanted, if the file has it.
    init(hub reader: WeightReader, prefix: String, _ c: TowerConfiguration, readsHead: Bool = true) throws(ModelError) {
        encoder = PatchEncoder.Weights(
            patches: try reader.patches(prefix + "embeddings.patch_embedding", c),
            position: try reader.rows(prefix + "embeddings.position_embedding.weight", shape: [c.tokenCount, c.hiddenSize]),
            layers: try (0..<c.layerCount).map { index throws(ModelError) in
                try reader.preNormBlock(hub: "\(prefix)encoder.layers.\(index).", c)
            })
        norm = try reader.layerNorm(prefix + "post_layernorm", c.hiddenSize)
        head = try readsHead && reader.contains(prefix + "head.probe") ? SiglipHead(reader, prefix + "head.", c) : nil
    }

    /// Under the names of mmproj files.
    ///
    /// - Parameter needsNorm: whether the norm after the last block must be there.
    init(gguf reader: WeightReader, _ c: TowerConfiguration, needsNorm: Bool = true) throws(ModelError) {
        for name in ["v.class_embd", "v.pre_ln.weight"] where reader.contains(name) {
            throw .tensor(path: reader.source.path, name: name, problem: "belongs to no SigLIP tower")
        }
        encoder = PatchEncoder.Weights(
            patches: try reader.patches("v.patch_embd", c),
            position: try reader.rows("v.position_embd.weight", shape: [c.tokenCount, c.hiddenSize]),
            layers: try (0..<c.layerCount).map { index throws(ModelError) in
                try reader.preNormBlock(mmproj: "v.blk.\(index).", c)
            })
        norm = needsNorm || reader.contains("v.post_ln.weight") ? try reader.layerNorm("v.post_ln", c.hiddenSize) : nil
        head = nil
    }

    /// Whether a tensor belongs to what files hold beside the tower: the text side and the scale of a whole SigLIP model, the
    /// projector of an mmproj file.
    static func isBesideTower(_ name: String) -> Bool {
        ["text_model.", "logit_", "adapter.", "mm."].contains(where: name.hasPrefix)
    }
}

/// The pooling head of SigLIP: a learned row looks at all patches, and a block's inner layer follows.
struct SiglipHead: Sendable {
    /// F32 `[1, hidden]`.
    let probe: Tensor
    let attention: Projections
    let norm: LayerNorm
    let up: Linear
    let down: Linear

    init(_ reader: WeightReader, _ prefix: String, _ c: TowerConfiguration) throws(ModelError) {
        let (hidden, intermediate) = (c.hiddenSize, c.intermediateSize)
        probe = try reader.rows(prefix + "probe", shape: [1, 1, hidden])
        // PyTorch's attention has its first three matrices in one, and points instead of underscores only in the last.
        let whole = try reader.tensor(prefix + "attention.in_proj_weight", [3 * hidden, hidden])
        let bias = try reader.vector(prefix + "attention.in_proj_bias", 3 * hidden)
        do {
            let inner = try (0..<3).map { index in
                let rows = index * hidden..<(index + 1) * hidden
                return Linear(weight: .rows(try whole.rows(rows)), bias: try bias.rows(rows))
            }
            attention = Projections(inner + [try reader.linear(prefix + "attention.out_proj", hidden, hidden)])
        } catch { throw ModelError(error) }
        norm = try reader.layerNorm(prefix + "layernorm", hidden)
        up = try reader.linear(prefix + "mlp.fc1", intermediate, hidden)
        down = try reader.linear(prefix + "mlp.fc2", hidden, intermediate)
    }

    /// features `[tokens, hidden]` → `[1, hidden]`.
    func run(_ features: Tensor, _ c: TowerConfiguration, on compute: Compute) throws -> Tensor {
        let (tokens, hidden, heads) = (features.shape[0], c.hiddenSize, c.headCount)
        let (query, attended) = (try Tensor.allocate(.f32, [1, hidden]), try Tensor.allocate(.f32, [1, hidden]))
        let (keys, values) = (try Tensor.allocate(.f32, [tokens, hidden]), try Tensor.allocate(.f32, [tokens, hidden]))
        let (result, inner) = (try Tensor.allocate(.f32, [1, hidden]), try Tensor.allocate(.f32, [1, c.intermediateSize]))
        try attention.query.run(probe, into: query, on: compute)
        try compute.linear(features, [attention.key.output(into: keys), attention.value.output(into: values)])
        let width = hidden / heads
        try compute.attention(
            q: try query.reshaped([1, heads, width]), k: try keys.reshaped([tokens, heads, width]),
            v: try values.reshaped([tokens, heads, width]), mask: .none, scale: 1 / Float(width).squareRoot(),
            into: try attended.reshaped([1, heads, width]))
        try attention.output.run(attended, into: result, on: compute)
        try norm.run(result, epsilon: Float(c.layerNormEpsilon), into: query, on: compute)
        try up.run(query, into: inner, on: compute)
        try compute.gelu(inner, c.activation)
        try down.run(inner, into: attended, on: compute)
        try compute.add(attended, into: result)
        return result
    }
}
