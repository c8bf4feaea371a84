import MillValue

extension RopeConfiguration {
    init(hub reader: ConfigurationReader, _ family: TextFamily, headDimension: Int) throws(ModelError) {
        // Of both dialects transformers takes the older one.
        let older = try reader.nested("rope_scaling").flatMap { $0.value.map?.isEmpty ?? true ? nil : $0 }
        let scaling = if let older { older } else { try reader.nested("rope_parameters") }
        for kind in ["full_attention", "sliding_attention"] {
            guard let scaling, scaling.contains(kind) else { continue }
            throw .unsupported(
                path: reader.path, key: scaling.prefix + kind, value: "an object", supported: ["the same rotation in all layers"])
        }
        func holder(_ key: String) -> ConfigurationReader {
            if let scaling, scaling.contains(key) { scaling } else { reader }
        }
        let given = holder("partial_rotary_factor")
        let factor = try given.positive("partial_rotary_factor", default: family.rotaryFactor)
        guard factor <= 1 else { throw given.failure("partial_rotary_factor", "is \(factor), above 1") }
        guard family.readsRotaryFactor || factor == family.rotaryFactor else {
            throw .unsupported(
                path: reader.path, key: given.prefix + "partial_rotary_factor", value: "\(factor)",
                supported: ["\(family.rotaryFactor), what \(family.name) has always"])
        }
        theta =
            family == .chatglm
            ? try ChatGLM.theta(reader) : try holder("rope_theta").positive("rope_theta", default: family.theta)
        rotaryDimension = Int(Double(headDimension) * factor)
        layout = family.pairs.hub
        self.scaling =
            if let scaling {
                try Scaling(
                    hub: scaling, Context(hub: scaling, reader, family), rotaryDimension: rotaryDimension)
            } else { .none }
        if family.hasGrids {
            let sections = scaling?.contains("mrope_section") ?? false ? scaling : nil
            guard let sections else { throw reader.failure("rope_scaling.mrope_section", "is missing") }
            self.sections = try sections.sections("mrope_section", pairs: rotaryDimension / 2)
        }
    }
}

extension RopeConfiguration.Scaling {
    fileprivate init(
        hub reader: ConfigurationReader, _ context: RopeConfiguration.Context, rotaryDimension: Int
    ) throws(ModelError) {
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
                originalContext: try context.original())
        // Early files of Phi-3 call LongRoPE so.
        case "yarn" where !reader.contains("short_factor"): self = .yarn(try YaRN(hub: reader, context))
        case "longrope", "su", "yarn": self = .longrope(try LongRoPE(hub: reader, context, pairCount: rotaryDimension / 2))
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
}

extension RopeConfiguration {
    /// How long sequences were in training, and how far that is stretched.
    fileprivate struct Context {
        private let scaling: ConfigurationReader
        private let model: ConfigurationReader
        private let usual: Int?

        init(hub scaling: ConfigurationReader, _ model: ConfigurationReader, _ family: TextFamily) {
            (self.scaling, self.model, usual) = (scaling, model, family.originalContext)
        }

        /// The context of training: as in transformers the whole configuration's key, or what its class takes in its place,
        /// before the scaling's.
        func original() throws(ModelError) -> Double {
            let key = "original_max_position_embeddings"
            if model.contains(key) || usual != nil { return Double(try model.size(key, default: usual, atLeast: 2)) }
            if scaling.contains(key) { return Double(try scaling.size(key, atLeast: 2)) }
            return Double(try model.size("max_position_embeddings", atLeast: 2))
        }

        func factor(_ original: Double) throws(ModelError) -> Double {
            if scaling.contains("factor") { return try scaling.positive("factor") }
            return Double(try model.size("max_position_embeddings")) / original
        }
    }
}

extension YaRN {
    fileprivate init(hub reader: ConfigurationReader, _ context: RopeConfiguration.Context) throws(ModelError) {
        originalContext = try context.original()
        factor = try context.factor(originalContext)
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
        hub reader: ConfigurationReader, _ context: RopeConfiguration.Context, pairCount: Int
    ) throws(ModelError) {
        originalContext = try context.original()
        short = try reader.positives("short_factor", count: pairCount)
        long = try reader.positives("long_factor", count: pairCount)
        attentionFactor =
            reader.contains("attention_factor")
            ? try reader.positive("attention_factor")
            : Self.attentionFactor(try context.factor(originalContext), originalContext)
    }
}
