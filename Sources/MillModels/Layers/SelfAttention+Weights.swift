import MillTensor

extension SelfAttention {
    /// Under the hub's names: `q_proj`, `k_proj`, `v_proj`, `o_proj`, and where the family has them `q_norm`, `k_norm`.
    init(hub reader: WeightReader, _ prefix: String, _ c: DecoderConfiguration, rope: Rope) throws(ModelError) {
        self.init(
            query: try reader.linear(prefix + "q_proj", c.querySize, c.hiddenSize),
            key: try reader.linear(prefix + "k_proj", c.keySize, c.hiddenSize),
            value: try reader.linear(prefix + "v_proj", c.keySize, c.hiddenSize),
            output: try reader.linear(prefix + "o_proj", c.hiddenSize, c.querySize),
            queryNorm: try reader.optionalVector(prefix + "q_norm.weight", c.headDimension),
            keyNorm: try reader.optionalVector(prefix + "k_norm.weight", c.headDimension),
            rope: rope, epsilon: Float(c.rmsNormEpsilon))
    }

    /// Under GGUF's names: `attn_q`, `attn_k`, `attn_v` or all three in `attn_qkv`; `attn_output`; `attn_q_norm`, `attn_k_norm`.
    init(gguf reader: WeightReader, _ prefix: String, _ c: DecoderConfiguration, rope: Rope) throws(ModelError) {
        let sizes = [c.querySize, c.keySize, c.keySize]
        let projections: [Linear]
        if reader.contains(prefix + "attn_qkv.weight") {
            projections = try reader.linears(prefix + "attn_qkv", sizes, c.hiddenSize)
        } else {
            projections = [
                try reader.linear(prefix + "attn_q", c.querySize, c.hiddenSize),
                try reader.linear(prefix + "attn_k", c.keySize, c.hiddenSize),
                try reader.linear(prefix + "attn_v", c.keySize, c.hiddenSize),
            ]
        }
        self.init(
            query: projections[0], key: projections[1], value: projections[2],
            output: try reader.linear(prefix + "attn_output", c.hiddenSize, c.querySize),
            queryNorm: try reader.optionalVector(prefix + "attn_q_norm.weight", c.headDimension),
            keyNorm: try reader.optionalVector(prefix + "attn_k_norm.weight", c.headDimension),
            rope: rope, epsilon: Float(c.rmsNormEpsilon))
    }
}

extension WeightReader {
    /// The rotary frequencies, divided by the file's own divisors where it has a tensor of that name.
    func rope(_ configuration: RopeConfiguration, divisors name: String? = nil) throws(ModelError) -> Rope {
        var divisors: [Float]?
        if let name, let tensor = try optionalVector(name, configuration.rotaryDimension / 2) {
            do { divisors = try tensor.floats() } catch { throw .memory(error) }
        }
        do { return try Rope(configuration, divisors: divisors) } catch { throw .memory(error) }
    }
}
