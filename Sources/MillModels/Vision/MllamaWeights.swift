import MillCompute
import MillTensor
import MillWeights

extension MllamaTower.Weights {
    /// Under the hub's names after `vision_model.`, and the projector's after `projector.`.
    ///
    /// - Parameter hidden: the text model's width.
    init(_ reader: WeightReader, _ configuration: MllamaConfiguration, hidden: Int) throws(ModelError) {
        let (c, prefix) = (configuration.tower, "vision_model.")
        let (width, tokens, tiles) = (c.hiddenSize, c.tokenCount, configuration.maximumTiles)
        let shapes = configuration.shapes.count + 1
        func table(_ name: String, _ gate: String, _ columns: Int) throws(ModelError) -> MllamaTower.GatedTable {
            MllamaTower.GatedTable(
                table: try reader.tensor("\(prefix)\(name).weight", [shapes, columns]), gate: try reader.gate(prefix + gate))
        }
        let weight = try reader.tensor(prefix + "patch_embedding.weight", [width, 3, c.patchSize, c.patchSize])
        do {
            patches = Linear(weight: .rows(try weight.reshaped([width, c.patchValueCount])), bias: nil)
        } catch { throw .memory(error) }
        classToken = try reader.vector(prefix + "class_embedding", width)
        let position = "gated_positional_embedding."
        tilePosition = try table(position + "tile_embedding", position + "gate", tiles * tokens * width)
        let learned = try reader.float32(try reader.tensor(prefix + position + "embedding", [tokens, width]))
        do {
            let open = 1 - tilePosition.gate
            self.position = try Tensor(try learned.floats().map { $0 * open }, shape: [tokens, width])
        } catch { throw ModelError(error) }
        before = try table(
            "pre_tile_positional_embedding.embedding", "pre_tile_positional_embedding.gate", tiles * width)
        after = try table(
            "post_tile_positional_embedding.embedding", "post_tile_positional_embedding.gate", tiles * width)
        firstNorm = try reader.layerNorm(prefix + "layernorm_pre", width)
        middleNorm = try reader.layerNorm(prefix + "layernorm_post", width)
        localLayers = try (0..<c.layerCount).map { index throws(ModelError) in
            try reader.preNormBlock(mllama: "\(prefix)transformer.layers.\(index).", c)
        }
        globalLayers = try (0..<configuration.globalLayerCount).map { index throws(ModelError) in
            let name = "\(prefix)global_transformer.layers.\(index)."
            var block = try reader.preNormBlock(mllama: name, c)
            block.attentionGate = try reader.gate(name + "gate_attn")
            block.mlpGate = try reader.gate(name + "gate_ffn")
            return block
        }
        projector = try reader.linear("projector", hidden, configuration.featureSize)
    }
}

extension WeightReader {
    fileprivate func preNormBlock(mllama block: String, _ c: TowerConfiguration) throws(ModelError) -> PreNormBlock {
        let (hidden, intermediate) = (c.hiddenSize, c.intermediateSize)
        let projections = try ["q_proj", "k_proj", "v_proj", "o_proj"].map { name throws(ModelError) in
            try linear("\(block)self_attn.\(name)", hidden, hidden)
        }
        return PreNormBlock(
            norm1: try layerNorm(block + "input_layernorm", hidden), attention: Projections(projections),
            norm2: try layerNorm(block + "post_attention_layernorm", hidden),
            up: try linear(block + "mlp.fc1", intermediate, hidden),
            down: try linear(block + "mlp.fc2", hidden, intermediate), activation: c.activation)
    }
}
