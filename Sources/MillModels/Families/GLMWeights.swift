import MillTensor

extension DecoderWeights {
    /// GLM (`GlmForCausalLM`) under the hub's names: as Llama, with gate and up fused in `gate_up_proj`, gate first.
    static func glm(hub reader: WeightReader, _ c: DecoderConfiguration) throws(ModelError) -> DecoderWeights {
        let rope = try reader.rope(c.rope)
        let (embedding, head) = try reader.tables("model.embed_tokens.weight", head: "lm_head.weight", c)
        var layers: [Layer] = []
        for index in 0..<c.layerCount {
            let prefix = "model.layers.\(index)."
            let gateUp = try reader.linears(
                prefix + "mlp.gate_up_proj", [c.intermediateSize, c.intermediateSize], c.hiddenSize)
            let mlp = GatedMLP(
                gate: gateUp[0], up: gateUp[1],
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

    /// GLM under the names of GGUF's `chatglm` architecture: gate and up fused in `ffn_up`, gate first; q, k and v
    /// apart or fused in `attn_qkv`.
    static func glm(gguf reader: WeightReader, _ c: DecoderConfiguration) throws(ModelError) -> DecoderWeights {
        let rope = try reader.rope(c.rope, divisors: "rope_freqs.weight")
        let (embedding, head) = try reader.tables("token_embd.weight", head: "output.weight", c)
        var layers: [Layer] = []
        for index in 0..<c.layerCount {
            let prefix = "blk.\(index)."
            let gateUp = try reader.linears(prefix + "ffn_up", [c.intermediateSize, c.intermediateSize], c.hiddenSize)
            let mlp = GatedMLP(
                gate: gateUp[0], up: gateUp[1],
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
