import MillCompute
import MillTensor
import MillWeights

/// The weights of a SigLIP vision tower.
struct SiglipWeights: Sendable {
    /// `[hidden, 3 * patch * patch]`: within a row by colour, then by line.
    let patches: Linear
    /// F32 `[tokens, hidden]`.
    let position: Tensor
    let layers: [PreNormBlock]
    let norm: LayerNorm
}

extension SiglipWeights {
    /// Under the hub's names, with or without `vision_model.` before them.
    init(hub reader: WeightReader, _ c: SiglipConfiguration) throws(ModelError) {
        let start = "vision_model.embeddings.patch_embedding.weight"
        try self.init(hub: reader, prefix: reader.contains(start) ? "vision_model." : "", c)
    }

    /// Under the hub's names after `prefix`.
    init(hub reader: WeightReader, prefix: String, _ c: SiglipConfiguration) throws(ModelError) {
        let (hidden, intermediate) = (c.hiddenSize, c.intermediateSize)
        patches = try reader.patches(prefix + "embeddings.patch_embedding", c)
        position = try reader.float32(
            try reader.tensor(prefix + "embeddings.position_embedding.weight", [c.tokenCount, hidden]))
        var layers: [PreNormBlock] = []
        for index in 0..<c.layerCount {
            let block = "\(prefix)encoder.layers.\(index)."
            let projections = try ["q_proj", "k_proj", "v_proj", "out_proj"].map { name throws(ModelError) in
                try reader.linear("\(block)self_attn.\(name)", hidden, hidden)
            }
            layers.append(
                PreNormBlock(
                    norm1: try reader.layerNorm(block + "layer_norm1", hidden), attention: Projections(projections),
                    norm2: try reader.layerNorm(block + "layer_norm2", hidden),
                    up: try reader.linear(block + "mlp.fc1", intermediate, hidden),
                    down: try reader.linear(block + "mlp.fc2", hidden, intermediate)))
        }
        self.layers = layers
        norm = try reader.layerNorm(prefix + "post_layernorm", hidden)
    }

    /// Under the names of mmproj files.
    init(gguf reader: WeightReader, _ c: SiglipConfiguration) throws(ModelError) {
        for name in ["v.class_embd", "v.pre_ln.weight"] where reader.contains(name) {
            throw .tensor(path: reader.source.path, name: name, problem: "belongs to no SigLIP tower; CLIP's are not supported")
        }
        let (hidden, intermediate) = (c.hiddenSize, c.intermediateSize)
        patches = try reader.patches("v.patch_embd", c)
        position = try reader.float32(try reader.tensor("v.position_embd.weight", [c.tokenCount, hidden]))
        var layers: [PreNormBlock] = []
        for index in 0..<c.layerCount {
            let block = "v.blk.\(index)."
            let projections = try ["attn_q", "attn_k", "attn_v", "attn_out"].map { name throws(ModelError) in
                try reader.linear(block + name, hidden, hidden)
            }
            // llama.cpp's first converter called the first matrix `ffn_down` and the second one `ffn_up`.
            let isSwapped = try reader.shape(block + "ffn_up.weight") == [hidden, intermediate] && hidden != intermediate
            let names = isSwapped ? ["ffn_down", "ffn_up"] : ["ffn_up", "ffn_down"]
            layers.append(
                PreNormBlock(
                    norm1: try reader.layerNorm(block + "ln1", hidden), attention: Projections(projections),
                    norm2: try reader.layerNorm(block + "ln2", hidden),
                    up: try reader.linear(block + names[0], intermediate, hidden),
                    down: try reader.linear(block + names[1], hidden, intermediate)))
        }
        self.layers = layers
        norm = try reader.layerNorm("v.post_ln", hidden)
    }
}

extension SiglipWeights {
    /// Whether a tensor belongs to what files hold beside the tower: the text side, the pooling head and the scale of a whole
    /// SigLIP model, the projector of an mmproj file.
    static func isBesideTower(_ name: String) -> Bool {
        ["text_model.", "vision_model.head.", "head.", "logit_", "adapter.", "mm."].contains(where: name.hasPrefix)
    }
}

extension Projections {
    /// Query, key, value and output.
    fileprivate init(_ layers: [Linear]) {
        self.init(query: layers[0], key: layers[1], value: layers[2], output: layers[3])
    }
}

extension WeightReader {
    /// A convolution over patches that do not overlap, as the matrix that it is.
    fileprivate func patches(_ name: String, _ c: SiglipConfiguration) throws(ModelError) -> Linear {
        let weight = try tensor("\(name).weight", [c.hiddenSize, 3, c.patchSize, c.patchSize])
        do {
            return Linear(
                weight: .rows(try weight.reshaped([c.hiddenSize, c.patchValueCount])),
                bias: try optionalVector("\(name).bias", c.hiddenSize))
        } catch { throw ModelError(error) }
    }

    fileprivate func shape(_ name: String) throws(ModelError) -> [Int] {
        do { return try source.tensor(name).shape } catch { throw .weights(error) }
    }
}
