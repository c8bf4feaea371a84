/// Which projections of a text model have biases.
struct ProjectionBiases: Sendable, Hashable {
    struct Part: Sendable, Hashable {
        let isThere: Bool
        /// Who says so: a key of the configuration, or the family.
        let source: String

        static func none(of family: TextFamily) -> Part { Part(isThere: false, source: "the family \(family.name)") }
    }

    /// Of queries, keys and values.
    let queryKeyValue: Part
    /// Of what attention adds.
    let output: Part
    /// Of plain MLPs; those of experts have none.
    let mlp: Part

    /// What the family's class on the hub makes of a configuration.
    init(hub reader: ConfigurationReader, _ family: TextFamily) throws(ModelError) {
        // The class of this text side has none, whatever the configuration says.
        let isMllama = try reader.string("model_type") == DecoderConfiguration.mllama
        func part(_ rule: TextFamily.Biases.Rule) throws(ModelError) -> Part {
            switch isMllama ? .never : rule {
            case .never: return .none(of: family)
            case .always: return Part(isThere: true, source: "the family \(family.name)")
            case .onRequest(let keys, let usual):
                var isThere = false
                for key in keys where try reader.bool(key, default: usual) { isThere = true }
                let names = keys.map { reader.aliases[$0] ?? $0 }.joined(separator: ", ")
                return Part(isThere: isThere, source: "the configuration (\(names))")
            }
        }
        queryKeyValue = try part(family.biases.queryKeyValue)
        output = try part(family.biases.output)
        mlp = try part(family.biases.mlp)
    }
}

extension TextFamily {
    /// What says whether projections have biases.
    struct Biases: Sendable, Hashable {
        enum Rule: Sendable, Hashable {
            case never
            case always
            /// Where one of the keys is true; what the class takes for a key that is left out.
            case onRequest([String], usual: Bool)
        }

        var queryKeyValue = Rule.never
        var output = Rule.never
        var mlp = Rule.never
    }
}

extension TextFamily.Biases {
    static let inAttentionOnRequest = TextFamily.Biases(
        queryKeyValue: .onRequest(["attention_bias"], usual: false), output: .onRequest(["attention_bias"], usual: false))
    static let everywhereOnRequest = TextFamily.Biases(
        queryKeyValue: .onRequest(["attention_bias"], usual: false), output: .onRequest(["attention_bias"], usual: false),
        mlp: .onRequest(["mlp_bias"], usual: false))
    /// Under names of its own (``ChatGLM/keys``).
    static let chatglm = TextFamily.Biases(
        queryKeyValue: .onRequest(["attention_bias", "mlp_bias"], usual: false), output: .onRequest(["mlp_bias"], usual: false),
        mlp: .onRequest(["mlp_bias"], usual: false))

    /// Those of queries, keys and values alone.
    static func inQueries(_ rule: Rule) -> TextFamily.Biases { TextFamily.Biases(queryKeyValue: rule) }
}
