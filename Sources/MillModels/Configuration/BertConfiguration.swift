import MillCompute
import MillValue

/// The sizes of an encoder of text in BERT's shape (arXiv:1810.04805): BERT, RoBERTa, XLM-RoBERTa, DistilBERT.
public struct BertConfiguration: Sendable {
    /// The hub's `model_type`.
    public enum Family: String, Sendable, CaseIterable {
        case bert, roberta, distilbert
        case xlmRoberta = "xlm-roberta"
    }

    public let family: Family
    public let vocabularySize: Int
    public let hiddenSize: Int
    public let layerCount: Int
    public let headCount: Int
    public let intermediateSize: Int
    /// Kinds of token that are told apart (first and second sentence); 0 where there are none.
    public let typeCount: Int
    /// Rows of the table of positions.
    public let positionCount: Int
    /// The row of the first token: RoBERTa keeps those before for padding.
    public let positionOffset: Int
    public let layerNormEpsilon: Double
    public let activation: GELU

    /// The longest text, in tokens.
    public var contextLength: Int { positionCount - positionOffset }
}

extension BertConfiguration {
    /// Working memory is laid out for this many tokens.
    private static let maximumLength = 1 << 13

    /// Reads `config.json`.
    init(hub config: Value, path: String) throws(ModelError) {
        let reader = ConfigurationReader(path: path, value: config)
        let type = try reader.string("model_type")
        guard let family = Family(rawValue: type) else {
            throw .unsupported(path: path, key: "model_type", value: type, supported: Family.allCases.map(\.rawValue))
        }
        for key in ["is_decoder", "add_cross_attention"] where try reader.bool(key, default: false) {
            throw .unsupported(path: path, key: key, value: "true", supported: ["false"])
        }
        let positions = try reader.string("position_embedding_type", default: "absolute")
        guard positions == "absolute" else {
            throw .unsupported(path: path, key: "position_embedding_type", value: positions, supported: ["absolute"])
        }
        let isDistilled = family == .distilbert
        let hasOffset = family == .roberta || family == .xlmRoberta
        try self.init(
            reader, family: family, vocabulary: "vocab_size", hidden: isDistilled ? "dim" : "hidden_size",
            layers: isDistilled ? "n_layers" : "num_hidden_layers", heads: isDistilled ? "n_heads" : "num_attention_heads",
            intermediate: isDistilled ? "hidden_dim" : "intermediate_size", positions: "max_position_embeddings",
            epsilon: "layer_norm_eps",
            typeCount: isDistilled ? 0 : try reader.size("type_vocab_size", default: 2),
            positionOffset: hasOffset ? try reader.size("pad_token_id", default: 1, atLeast: 0) + 1 : 0,
            activation: try reader.gelu(isDistilled ? "activation" : "hidden_act", default: "gelu"))
    }

    /// Reads the `bert.*` keys of a GGUF file.
    ///
    /// - Parameters:
    ///   - vocabularySize: rows of the table of tokens.
    ///   - typeCount: rows of the table of types; 0 where there is none.
    init(gguf reader: ConfigurationReader, vocabularySize: Int, typeCount: Int) throws(ModelError) {
        guard try !reader.bool("attention.causal", default: false) else {
            throw .unsupported(path: reader.path, key: "bert.attention.causal", value: "true", supported: ["false"])
        }
        // Converters leave out the rows of positions that no token has.
        try self.init(
            reader, family: .bert, vocabulary: nil, hidden: "embedding_length", layers: "block_count",
            heads: "attention.head_count", intermediate: "feed_forward_length", positions: "context_length",
            epsilon: "attention.layer_norm_epsilon", vocabularySize: vocabularySize, typeCount: typeCount, positionOffset: 0,
            activation: .erf)
    }

    private init(
        _ reader: ConfigurationReader, family: Family, vocabulary: String?, hidden: String, layers: String, heads: String,
        intermediate: String, positions: String, epsilon: String, vocabularySize: Int = 0, typeCount: Int, positionOffset: Int,
        activation: GELU
    ) throws(ModelError) {
        self.family = family
        self.vocabularySize = try vocabulary.map { key throws(ModelError) in try reader.size(key) } ?? vocabularySize
        hiddenSize = try reader.size(hidden)
        layerCount = try reader.size(layers)
        headCount = try reader.size(heads)
        intermediateSize = try reader.size(intermediate)
        self.typeCount = typeCount
        positionCount = try reader.size(positions)
        self.positionOffset = positionOffset
        layerNormEpsilon = try reader.positive(epsilon, default: 1e-12, upTo: ConfigurationReader.largestEpsilon)
        self.activation = activation
        guard positionCount > positionOffset, positionCount - positionOffset <= Self.maximumLength else {
            throw reader.failure(
                positions, "leaves \(positionCount - positionOffset) tokens for a text, outside 1...\(Self.maximumLength)")
        }
        guard hiddenSize.isMultiple(of: headCount) else {
            throw reader.failure(heads, "is \(headCount), which does not divide the width \(hiddenSize)")
        }
    }
}
