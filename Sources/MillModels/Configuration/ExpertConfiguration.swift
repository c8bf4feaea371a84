/// The experts of a model in which each token meets only some of them (arXiv:1701.06538).
public struct ExpertConfiguration: Sendable, Hashable {
    /// Experts of a layer.
    public let count: Int
    /// Experts that each token meets.
    public let chosenCount: Int
    /// Rows of an expert's gate and up projections.
    public let intermediateSize: Int
    /// Rows of the shared expert's gate and up projections, which every token meets; nil without one.
    public let sharedIntermediateSize: Int?
    /// Whether the chosen experts' weights are made to add up to one.
    public let renormalizes: Bool
    /// Whether a layer has experts, for each layer; the others have a plain MLP.
    public let isSparse: [Bool]
}

/// How a family's configurations describe its experts.
struct ExpertRule: Sendable, Hashable {
    /// The expert's size; on the hub, and in GGUF.
    let hubSize: String
    let ggufSize: String
    let hasShared: Bool
    /// What the hub's class takes where the configuration says nothing.
    let renormalizesOnHub: Bool
    /// What llama.cpp does for the architecture.
    let renormalizesInGGUF: Bool
    /// Whether some layers may be without experts.
    let isMixed: Bool

    static let mixtral = ExpertRule(
        hubSize: "intermediate_size", ggufSize: "feed_forward_length", hasShared: false, renormalizesOnHub: true,
        renormalizesInGGUF: true,
        isMixed: false)
    static let qwen2 = ExpertRule(
        hubSize: "moe_intermediate_size", ggufSize: "expert_feed_forward_length", hasShared: true, renormalizesOnHub: false,
        renormalizesInGGUF: false, isMixed: true)
    static let qwen3 = ExpertRule(
        hubSize: "moe_intermediate_size", ggufSize: "expert_feed_forward_length", hasShared: false, renormalizesOnHub: false,
        renormalizesInGGUF: true, isMixed: true)

}

extension ExpertConfiguration {
    /// - Throws: ``ModelError/configuration(path:key:problem:)``, ``ModelError/unsupported(path:key:value:supported:)``.
    init(hub reader: ConfigurationReader, _ rule: ExpertRule, layerCount: Int) throws(ModelError) {
        let countKey = reader.contains("num_experts") ? "num_experts" : "num_local_experts"
        count = try reader.size(countKey)
        chosenCount = try reader.size("num_experts_per_tok")
        intermediateSize = try reader.size(rule.hubSize)
        sharedIntermediateSize = rule.hasShared ? try reader.size("shared_expert_intermediate_size") : nil
        renormalizes = try reader.bool("norm_topk_prob", default: rule.renormalizesOnHub)
        if !rule.isMixed, !renormalizes {
            throw .unsupported(path: reader.path, key: "norm_topk_prob", value: "false", supported: ["true"])
        }
        var isSparse = Array(repeating: true, count: layerCount)
        if rule.isMixed {
            let step = try reader.size("decoder_sparse_step", default: 1)
            for layer in 0..<layerCount where (layer + 1) % step != 0 { isSparse[layer] = false }
            if reader.contains("mlp_only_layers") {
                for layer in try reader.integers("mlp_only_layers", in: 0...max(0, layerCount - 1)) { isSparse[layer] = false }
            }
        }
        self.isSparse = isSparse
        try check(reader, count: countKey, chosen: "num_experts_per_tok")
    }

    /// - Parameter isSparse: whether the file has a router for a layer.
    init(
        gguf reader: ConfigurationReader, _ rule: ExpertRule, layerCount: Int, isSparse: (Int) -> Bool
    ) throws(ModelError) {
        count = try reader.size("expert_count")
        chosenCount = try reader.size("expert_used_count")
        // What llama.cpp takes for files without the sizes.
        let dense = try reader.size("feed_forward_length", default: 0, atLeast: 0)
        let size = try reader.size(rule.ggufSize, default: dense / max(1, chosenCount), atLeast: 0)
        guard size > 0 else { throw reader.failure(rule.ggufSize, "is missing") }
        intermediateSize = size
        sharedIntermediateSize =
            rule.hasShared ? try reader.size("expert_shared_feed_forward_length", default: max(1, dense)) : nil
        renormalizes = try reader.bool("expert_weights_norm", default: rule.renormalizesInGGUF)
        self.isSparse = rule.isMixed ? (0..<layerCount).map(isSparse) : Array(repeating: true, count: layerCount)
        let scale = try reader.number("expert_weights_scale", default: 0)
        guard scale == 0 || scale == 1 else {
            throw .unsupported(
                path: reader.path, key: reader.prefix + "expert_weights_scale", value: "\(scale)", supported: ["1"])
        }
        // 0 is none, 1 softmax.
        let gating = try reader.size("expert_gating_func", default: 1, atLeast: 0)
        guard gating <= 1 else {
            throw .unsupported(
                path: reader.path, key: reader.prefix + "expert_gating_func", value: "\(gating)", supported: ["1 (softmax)"])
        }
        try check(reader, count: "expert_count", chosen: "expert_used_count")
    }

    /// No model has as many; the bound keeps tables small.
    private static let largestCount = 4096

    private func check(_ reader: ConfigurationReader, count key: String, chosen: String) throws(ModelError) {
        guard count <= Self.largestCount else { throw reader.failure(key, "is \(count), above \(Self.largestCount)") }
        guard chosenCount <= min(count, TextModel.chunkLength) else {
            throw reader.failure(chosen, "is \(chosenCount), more than the \(count) experts of a layer")
        }
    }
}
