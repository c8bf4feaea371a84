import MillTensor

/// The weights of an encoder in BERT's shape.
struct BertWeights: Sendable {
    /// `[vocabulary, hidden]`.
    let tokens: Tensor
    /// F32 `[types, hidden]`; nil where the family has none.
    let types: Tensor?
    /// F32 `[contextLength, hidden]`.
    let positions: Tensor
    let norm: LayerNorm
    let layers: [PostNormBlock]
}

extension BertWeights {
    /// What a family's tensors are called within a block, in the order attention (query, key, value, output), its norm, up, down,
    /// norm.
    struct Names {
        let attention: [String]
        let norm1: String
        let up: String
        let down: String
        let norm2: String

        var all: [String] { attention + [norm1, up, down, norm2] }

        static let bert = Names(
            attention: ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"],
            norm1: "attention.output.LayerNorm", up: "intermediate.dense", down: "output.dense", norm2: "output.LayerNorm")
        static let distilbert = Names(
            attention: ["attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"],
            norm1: "sa_layer_norm", up: "ffn.lin1", down: "ffn.lin2", norm2: "output_layer_norm")
        static let gguf = Names(
            attention: ["attn_q", "attn_k", "attn_v", "attn_output"], norm1: "attn_output_norm", up: "ffn_up", down: "ffn_down",
            norm2: "layer_output_norm")
    }

    /// Under the hub's names, with or without the family's name before them.
    init(hub reader: WeightReader, _ c: BertConfiguration) throws(ModelError) {
        let family = c.family == .xlmRoberta ? "roberta" : c.family.rawValue
        let prefix = reader.contains("\(family).embeddings.word_embeddings.weight") ? "\(family)." : ""
        let embeddings = prefix + "embeddings."
        tokens = try reader.tensor(embeddings + "word_embeddings.weight", [c.vocabularySize, c.hiddenSize])
        types =
            c.typeCount > 0
            ? try reader.rows(embeddings + "token_type_embeddings.weight", shape: [c.typeCount, c.hiddenSize]) : nil
        let all = try reader.rows(embeddings + "position_embeddings.weight", shape: [c.positionCount, c.hiddenSize])
        do { positions = try all.rows(c.positionOffset..<c.positionCount) } catch { throw .memory(error) }
        norm = try reader.layerNorm(embeddings + "LayerNorm", c.hiddenSize)
        let (blocks, names) =
            c.family == .distilbert ? ("\(prefix)transformer.layer.", Names.distilbert) : ("\(prefix)encoder.layer.", .bert)
        layers = try (0..<c.layerCount).map { index throws(ModelError) in
            try Self.block(reader, "\(blocks)\(index).", names, c)
        }
    }

    /// Under the names of llama.cpp's files.
    init(gguf reader: WeightReader, _ c: BertConfiguration) throws(ModelError) {
        tokens = try reader.tensor("token_embd.weight", [c.vocabularySize, c.hiddenSize])
        types = c.typeCount > 0 ? try reader.rows("token_types.weight", shape: [c.typeCount, c.hiddenSize]) : nil
        positions = try reader.rows("position_embd.weight", shape: [c.contextLength, c.hiddenSize])
        norm = try reader.layerNorm("token_embd_norm", c.hiddenSize)
        layers = try (0..<c.layerCount).map { index throws(ModelError) in
            try Self.block(reader, "blk.\(index).", .gguf, c)
        }
    }

    private static func block(
        _ reader: WeightReader, _ prefix: String, _ names: Names, _ c: BertConfiguration
    ) throws(ModelError) -> PostNormBlock {
        let (hidden, intermediate) = (c.hiddenSize, c.intermediateSize)
        let projections =
            if reader.contains(prefix + "attn_qkv.weight") {
                try reader.linears(prefix + "attn_qkv", [hidden, hidden, hidden], hidden)
                    + [try reader.linear(prefix + "attn_output", hidden, hidden)]
            } else {
                try names.attention.map { name throws(ModelError) in try reader.linear(prefix + name, hidden, hidden) }
            }
        return PostNormBlock(
            attention: Projections(projections), norm1: try reader.layerNorm(prefix + names.norm1, hidden),
            up: try reader.linear(prefix + names.up, intermediate, hidden),
            down: try reader.linear(prefix + names.down, hidden, intermediate),
            norm2: try reader.layerNorm(prefix + names.norm2, hidden), activation: c.activation)
    }

    /// Whether a tensor belongs to what stands on the encoder: its pooler, and the heads of tasks.
    static func isBesideEncoder(_ name: String) -> Bool {
        let parts = [
            "cls.", "lm_head.", "vocab_transform.", "vocab_layer_norm.", "vocab_projector.", "classifier.", "pre_classifier.",
            "qa_outputs.", "pooler.", "bert.pooler.", "roberta.pooler.",
        ]
        return parts.contains(where: name.hasPrefix)
    }
}
