extension RopeConfiguration {
    init(
        gguf reader: ConfigurationReader, _ family: TextFamily, headDimension: Int, contextLength: Int, hasLongDivisors: Bool
    ) throws(ModelError) {
        theta = try reader.positive("rope.freq_base", default: 10_000)
        rotaryDimension = try reader.size("rope.dimension_count", default: headDimension)
        layout = family.pairs.gguf
        // Files without a type mean linear, with 0 or nothing for no factor; old ones have the factor under the second key.
        let kind = try reader.string("rope.scaling.type", default: hasLongDivisors ? "longrope" : "linear")
        let key = reader.contains("rope.scaling.factor") ? "rope.scaling.factor" : "rope.scale_linear"
        let given = try reader.number(key, default: 0)
        guard given >= 0 else { throw reader.failure(key, "is \(given), below zero") }
        let factor = given == 0 ? 1 : given
        // What llama.cpp multiplies by besides.
        let attention = try reader.positive("rope.scaling.attn_factor", default: 1)
        func originalContext() throws(ModelError) -> Double {
            Double(try reader.size("rope.scaling.original_context_length", default: contextLength, atLeast: 2))
        }
        switch kind {
        case _ where hasLongDivisors && kind != "yarn":
            scaling = .longrope(
                LongRoPE(short: [], long: [], originalContext: try originalContext(), attentionFactor: attention))
        case "none": scaling = .none
        case "linear": scaling = factor == 1 ? .none : .linear(factor: factor)
        case "yarn":
            scaling = .yarn(
                try YaRN(gguf: reader, factor: factor, originalContext: try originalContext(), attention: attention))
        default:
            throw .unsupported(
                path: reader.path, key: reader.prefix + "rope.scaling.type", value: kind,
                supported: ["none", "linear", "yarn", "longrope"])
        }
        if family.hasGrids { sections = try reader.sections("rope.dimension_sections", pairs: rotaryDimension / 2) }
        if attention != 1, scale == 1 {
            throw .unsupported(
                path: reader.path, key: reader.prefix + "rope.scaling.attn_factor", value: "\(attention)", supported: ["1"])
        }
    }
}

extension YaRN {
    /// - Parameter attention: what cosine and sine are multiplied by beyond what the paper recommends.
    fileprivate init(
        gguf reader: ConfigurationReader, factor: Double, originalContext: Double, attention: Double
    ) throws(ModelError) {
        self.factor = factor
        self.originalContext = originalContext
        fast = try reader.positive("rope.scaling.yarn_beta_fast", default: 32)
        slow = try reader.positive("rope.scaling.yarn_beta_slow", default: 1)
        guard fast >= slow else {
            throw reader.failure("rope.scaling.yarn_beta_fast", "must not be below yarn_beta_slow \(slow)")
        }
        isTruncated = true
        for (key, usual) in [("yarn_ext_factor", 1.0), ("yarn_log_multiplier", 0)] {
            let value = try reader.number("rope.scaling.\(key)", default: usual)
            guard value != usual else { continue }
            throw .unsupported(
                path: reader.path, key: "\(reader.prefix)rope.scaling.\(key)", value: "\(value)", supported: ["\(usual)"])
        }
        let more = try reader.positive("rope.scaling.yarn_attn_factor", default: 1)
        attentionFactor = Self.attentionFactor(factor) * attention * more
    }
}
