import MillCompute
import MillTensor

/// The weights of a hearth model (`docs/models/hearth.md`); the names are the same in safetensors and GGUF.
struct HearthWeights: Sendable {
    struct Convolution: Sendable {
        /// F32 `[out, 3, 3, in]`.
        let weight: Tensor
        /// `[out]`.
        let bias: Tensor
    }

    /// Text looks at the memory.
    struct CrossAttention: Sendable {
        let norm: Tensor
        let memoryNorm: Tensor
        let projections: Projections
        /// `tanh(cross.gate)`.
        let gate: Float
    }

    /// The memory looks at the instruction.
    struct Refinement: Sendable {
        let norm: LayerNorm
        let textNorm: Tensor
        let projections: Projections
        /// `tanh(refine.gate)`.
        let gate: Float
    }

    struct DecoderLayer: Sendable {
        let refinement: Refinement?
        let cross: CrossAttention?
        let norm1: Tensor
        let attention: SelfAttention
        let norm2: Tensor
        let mlp: GatedMLP
    }

    let stem: [Convolution]
    /// `[cells, visionHidden]`.
    let position: Tensor
    let visionLayers: [PreNormBlock]
    let visionNorm: LayerNorm

    let cellItem: Linear
    let cellObjectness: Linear
    let cellBox: Linear
    let cellState: Linear
    let cellScale: Float

    let memoryCell: Linear
    let memoryItem: Linear
    let memoryGeometry: Linear
    /// `[slots, hidden]`.
    let memoryRank: Tensor
    let memoryGrid: Linear

    /// `[itemTokenStart, hidden]`: how ordinary tokens enter and leave.
    let tokenEmbedding: WeightMatrix
    /// F32 `[items, itemHidden]`, rows of length 1: shared by the picture side and the text side.
    let itemEmbedding: Tensor
    let itemInput: Linear
    let itemOutput: Linear
    let itemScale: Float
    /// `item_bias` once for each item, `[items]`.
    let itemBias: Tensor
    let decoderLayers: [DecoderLayer]
    let norm: Tensor
}

extension HearthWeights {
    init(_ reader: WeightReader, _ c: HearthConfiguration) throws(ModelError) {
        let channels = [3] + c.stemChannels + [c.visionHiddenSize]
        var stem: [Convolution] = []
        for index in 0..<4 {
            stem.append(try reader.convolution("vision.stem.\(index)", out: channels[index + 1], input: channels[index]))
        }
        self.stem = stem
        let (vision, hidden) = (c.visionHiddenSize, c.hiddenSize)
        position = try reader.float32(try reader.tensor("vision.position", [c.cellCount, vision]))
        var visionLayers: [PreNormBlock] = []
        for index in 0..<c.visionLayerCount {
            visionLayers.append(
                try reader.preNormBlock("vision.layers.\(index).", hidden: vision, intermediate: c.visionIntermediateSize))
        }
        self.visionLayers = visionLayers
        visionNorm = try reader.layerNorm("vision.norm", vision)

        cellItem = try reader.linear("cell.item", c.itemHiddenSize, vision)
        cellObjectness = try reader.linear("cell.objectness", 1, vision)
        cellBox = try reader.linear("cell.box", 4, vision)
        cellState = try reader.linear("cell.state", c.states.count, vision)
        cellScale = try reader.scalar("cell.scale")

        memoryCell = try reader.linear("memory.cell", hidden, vision)
        memoryItem = try reader.linear("memory.item", hidden, c.itemHiddenSize)
        memoryGeometry = try reader.linear("memory.geometry", hidden, c.geometryCount)
        memoryRank = try reader.float32(try reader.tensor("memory.rank", [c.memoryObjectCount, hidden]))
        memoryGrid = try reader.linear("memory.grid", hidden, vision)

        tokenEmbedding = try reader.matrix("token_embed.weight", [c.itemTokenStart, hidden])
        itemEmbedding = try reader.float32(try reader.tensor("item_embed.weight", [c.itemNames.count, c.itemHiddenSize]))
        itemInput = try reader.linear("item_input", hidden, c.itemHiddenSize)
        itemOutput = try reader.linear("item_output", c.itemHiddenSize, hidden)
        itemScale = try reader.scalar("item_scale")
        let bias = try reader.scalar("item_bias")
        do {
            itemBias = try Tensor([Float](repeating: bias, count: c.itemNames.count), shape: [c.itemNames.count])
        } catch { throw .memory(error) }
        norm = try reader.vector("norm.weight", hidden)
        let rope = try reader.rope(
            RopeConfiguration(
                theta: c.ropeTheta, rotaryDimension: c.headDimension, layout: .halves, scaling: .none))
        var decoderLayers: [DecoderLayer] = []
        for index in 0..<c.layerCount { decoderLayers.append(try DecoderLayer(reader, index, c, rope: rope)) }
        self.decoderLayers = decoderLayers
    }
}

extension HearthWeights.DecoderLayer {
    init(_ reader: WeightReader, _ index: Int, _ c: HearthConfiguration, rope: Rope) throws(ModelError) {
        let prefix = "layers.\(index)."
        refinement =
            c.refineLayers.contains(index)
            ? HearthWeights.Refinement(
                norm: try reader.layerNorm(prefix + "refine.norm", c.hiddenSize),
                textNorm: try reader.vector(prefix + "refine.text_norm.weight", c.hiddenSize),
                projections: try reader.projections(
                    prefix + "refine.", c.hiddenSize, query: c.querySize, key: c.keySize),
                gate: try reader.gate(prefix + "refine.gate")) : nil
        cross =
            c.crossAttentionLayers.contains(index)
            ? HearthWeights.CrossAttention(
                norm: try reader.vector(prefix + "cross.norm.weight", c.hiddenSize),
                memoryNorm: try reader.vector(prefix + "cross.memory_norm.weight", c.hiddenSize),
                projections: try reader.projections(prefix + "cross.", c.hiddenSize, query: c.querySize, key: c.keySize),
                gate: try reader.gate(prefix + "cross.gate")) : nil
        norm1 = try reader.vector(prefix + "norm1.weight", c.hiddenSize)
        let projections = try reader.projections(prefix + "attention.", c.hiddenSize, query: c.querySize, key: c.keySize)
        attention = SelfAttention(
            query: projections.query, key: projections.key, value: projections.value, output: projections.output,
            rope: rope, epsilon: Float(c.rmsNormEpsilon))
        norm2 = try reader.vector(prefix + "norm2.weight", c.hiddenSize)
        mlp = GatedMLP(
            gate: try reader.linear(prefix + "mlp.gate", c.intermediateSize, c.hiddenSize),
            up: try reader.linear(prefix + "mlp.up", c.intermediateSize, c.hiddenSize),
            down: try reader.linear(prefix + "mlp.down", c.hiddenSize, c.intermediateSize))
    }
}
