import MillTensor

extension DecoderWeights {
    /// Llama, Mistral, Qwen2 and Qwen3 under the hub's names (`model.layers.0.self_attn.q_proj.weight`).
    static func llama(hub reader: WeightReader, _ c: DecoderConfiguration) throws(ModelError) -> DecoderWeights {
        let rope = try reader.rope(c.rope)
        let (embedding, head) = try reader.tables("model.embed_tokens.weight", head: "lm_head.weight", c)
        var layers: [Layer] = []
        for index in 0..<c.layerCount {
            let prefix = "model.layers.\(index)."
            let mlp = GatedMLP(
                gate: try reader.linear(prefix + "mlp.gate_proj", c.intermediateSize, c.hiddenSize),
                up: try reader.linear(prefix + "mlp.up_proj", c.intermediateSize, c.hiddenSize),
                down: try reader.linear(prefix + "mlp.down_proj", c.hiddenSize, c.intermediateSize))
            layers.append(
                Layer(
                    attentionNorm: try reader.vector(prefix + "input_layernorm.weight", c.hiddenSize),
                    attention: try SelfAttention(hub: reader, prefix + "self_attn.", c, rope: rope),
                    mlpNorm: try reader.vector(prefix + "post_attention_layernorm.weight", c.hiddenSize), mlp: mlp))
        }
        return DecoderWeights(
            embedding: embedding, layers: layers, norm: try reader.vector("model.norm.weight", c.hiddenSize),
            head: head)
    }

    /// The same families under GGUF's names (`blk.0.attn_q.weight`).
    static func llama(gguf reader: WeightReader, _ c: DecoderConfiguration) throws(ModelError) -> DecoderWeights {
        let rope = try reader.rope(c.rope, divisors: "rope_freqs.weight")
        let (embedding, head) = try reader.tables("token_embd.weight", head: "output.weight", c)
        var layers: [Layer] = []
        for index in 0..<c.layerCount {
            let prefix = "blk.\(index)."
            let mlp = GatedMLP(
                gate: try reader.linear(prefix + "ffn_gate", c.intermediateSize, c.hiddenSize),
                up: try reader.linear(prefix + "ffn_up", c.intermediateSize, c.hiddenSize),
                down: try reader.linear(prefix + "ffn_down", c.hiddenSize, c.intermediateSize))
            layers.append(
                Layer(
                    attentionNorm: try reader.vector(prefix + "attn_norm.weight", c.hiddenSize),
                    attention: try SelfAttention(gguf: reader, prefix, c, rope: rope),
                    mlpNorm: try reader.vector(prefix + "ffn_norm.weight", c.hiddenSize), mlp: mlp))
        }
        return DecoderWeights(
            embedding: embedding, layers: layers, norm: try reader.vector("output_norm.weight", c.hiddenSize),
            head: head)
    }
}
