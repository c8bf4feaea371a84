/// The configuration of the original ChatGLM checkpoints, in other words than the hub's own classes have.
enum ChatGLM {
    /// The usual key and what it is called here.
    static let keys = [
        "num_hidden_layers": "num_layers", "intermediate_size": "ffn_hidden_size", "head_dim": "kv_channels",
        "num_key_value_heads": "multi_query_group_num", "rms_norm_eps": "layernorm_epsilon", "vocab_size": "padded_vocab_size",
        "max_position_embeddings": "seq_length", "attention_bias": "add_qkv_bias", "mlp_bias": "add_bias_linear",
    ]

    /// What this family can be told and no other, as it must be.
    private static let fixed: [(key: String, value: Bool)] = [
        ("rmsnorm", true), ("original_rope", true), ("post_layer_norm", true), ("multi_query_attention", true),
        ("apply_residual_connection_post_layernorm", false),
    ]

    static func check(_ reader: ConfigurationReader) throws(ModelError) {
        for (key, value) in fixed { try reader.refuse(key, other: value) }
    }

    /// The base of the frequencies, which these files give as a multiple of 10000.
    static func theta(_ reader: ConfigurationReader) throws(ModelError) -> Double {
        10_000 * (try reader.positive("rope_ratio", default: 1))
    }
}
