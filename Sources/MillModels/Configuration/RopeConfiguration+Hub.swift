extension RopeConfiguration {
    init(hub reader: ConfigurationReader, _ family: TextFamily, headDimension: Int) throws(ModelError) {
        let parameters = try reader.nested("rope_parameters")
        let scaling = if let parameters { parameters } else { try reader.nested("rope_scaling") }
        let values = parameters ?? reader
        let given = values.contains("partial_rotary_factor") ? values : reader
        let factor = try given.positive("partial_rotary_factor", default: family.rotaryFactor)
        guard factor <= 1 else { throw given.failure("partial_rotary_factor", "is \(factor), above 1") }
        theta =
            family == .chatglm
            ? try ChatGLM.theta(reader)
            : try (values.contains("rope_theta") ? values : reader).positive("rope_theta", default: family.theta)
        rotaryDimension = Int(Double(headDimension) * factor)
        layout = family.pairs.hub
        self.scaling =
            if let scaling { try Scaling(hub: scaling, model: reader, rotaryDimension: rotaryDimension) } else { .none }
        if family.hasGrids {
            let sections = scaling?.contains("mrope_section") ?? false ? scaling : nil
            guard let sections else { throw reader.failure("rope_scaling.mrope_section", "is missing") }
            self.sections = try sections.sections("mrope_section", pairs: rotaryDimension / 2)
        }
    }
}

extension RopeConfiguration.Scaling {
    /// - Parameter model: the whole configuration, where some checkpoints have the original context.
    fileprivate init(hub reader: ConfigurationReader, model: ConfigurationReader, rotaryDimension: Int) throws(ModelError) {
        let key = reader.contains("rope_type") ? "rope_type" : "type"
        let kind = try reader.string(key, default: "default")
        switch kind {
        // With sections the frequencies are the usual ones.
        case "default", "mrope": self = .none
        case "linear": self = .linear(factor: try reader.positive("factor"))
        case "llama3":
            let low = try reader.positive("low_freq_factor")
            let high = try reader.positive("high_freq_factor")
            guard high > low else { throw reader.failure("high_freq_factor", "must be above low_freq_factor \(low)") }
            self = .llama3(
                factor: try reader.positive("factor"), lowFrequencyFactor: low, highFrequencyFactor: high,
                originalContext: try reader.positive("original_max_position_embeddings"))
        // Early files of Phi-3 call LongRoPE so.
        case "yarn" where !reader.contains("short_factor"): self = .yarn(try YaRN(hub: reader, model: model))
        case "longrope", "su", "yarn": self = .longrope(try LongRoPE(hub: reader, model: model, pairCount: rotaryDimension / 2))
        default:
            throw .unsupported(
                path: reader.path, key: reader.prefix + key, value: kind,
                supported: ["default", "linear", "llama3", "yarn", "longrope"])
        }
    }
}

extension ConfigurationReader {
    /// How many of a head's pairs turn by each of three axes.
    func sections(_ key: String, pairs: Int) throws(ModelError) -> [Int] {
        // GGUF has a fourth axis, which no model of these uses.
        let sections = try integers(key, in: 0...pairs)
        guard sections.count >= 3, sections.prefix(3).reduce(0, +) == pairs, sections.dropFirst(3).allSatisfy({ $0 == 0 }) else {
            throw failure(key, "must be three numbers whose sum is \(pairs)")
        }
        return Array(sections.prefix(3))
    }

    /// The context that a stretched model was trained on, from the scaling or from the whole configuration.
    fileprivate func originalContext(_ model: ConfigurationReader) throws(ModelError) -> Double {
        let key = "original_max_position_embeddings"
        if contains(key) { return Double(try size(key, atLeast: 2)) }
        return Double(try model.size(key, default: try model.size("max_position_embeddings"), atLeast: 2))
    }

    /// How far the context is stretched.
    fileprivate func factor(_ model: ConfigurationReader, _ originalContext: Double) throws(ModelError) -> Double {
        if contains("factor") { return try positive("factor") }
        return Double(try model.size("max_position_embeddings")) / originalContext
    }
}

extension YaRN {
    fileprivate init(hub reader: ConfigurationReader, model: ConfigurationReader) throws(ModelError) {
        originalContext = try reader.originalContext(model)
        factor = try reader.factor(model, originalContext)
        fast = try reader.positive("beta_fast", default: 32)
        slow = try reader.positive("beta_slow", default: 1)
        guard fast >= slow else { throw reader.failure("beta_fast", "must not be below beta_slow \(slow)") }
        isTruncated = try reader.bool("truncate", default: true)
        let (scale, all) = (try reader.number("mscale", default: 0), try reader.number("mscale_all_dim", default: 0))
        if reader.contains("attention_factor") {
            attentionFactor = try reader.positive("attention_factor")
        } else if scale != 0, all != 0 {
            attentionFactor = Self.attentionFactor(factor, scale) / Self.attentionFactor(factor, all)
        } else {
            attentionFactor = Self.attentionFactor(factor)
        }
        guard attentionFactor.isFinite, attentionFactor > 0 else {
            throw reader.failure("mscale", "gives an attention factor of \(attentionFactor)")
        }
    }
}

extension LongRoPE {
    fileprivate init(
        hub reader: ConfigurationReader, model: ConfigurationReader, pairCount: Int
    ) throws(ModelError) {
        originalContext = try reader.originalContext(model)
        short = try reader.positives("short_factor", count: pairCount)
        long = try reader.positives("long_factor", count: pairCount)
        attentionFactor =
            reader.contains("attention_factor")
            ? try reader.positive("attention_factor")
            : Self.attentionFactor(try reader.factor(model, originalContext), originalContext)
    }
}
