import MillCompute
public import MillTensor

/// A ViT (arXiv:2010.11929): features of a class token and the patches, and where the checkpoint has them a pooled row or the
/// scores of classes.
public final class ViTTower: VisionTower {
    /// What stands on the blocks.
    struct Weights: Sendable {
        let encoder: PatchEncoder.Weights
        let norm: LayerNorm
        /// Makes the pooled row of the class token.
        let pooler: Linear?
        let classifier: Linear?
    }

    private let encoder: PatchEncoder
    private let weights: Weights
    public let labels: [String]

    init(_ configuration: ViTConfiguration, _ weights: Weights, compute: Compute) throws(ModelError) {
        encoder = try PatchEncoder(configuration.tower, weights.encoder, compute: compute)
        self.weights = weights
        labels = configuration.labels
    }

    public var configuration: TowerConfiguration { encoder.configuration }

    public var facts: NetworkFacts { encoder.facts(family: "vit") }

    /// The features after the last norm; the class token is the first row.
    public func features(
        of picture: TowerPicture, skippingLast skipped: Int, pool: StoragePool, tap: LayerTap?
    ) throws(ModelError) -> Tensor {
        try encoder.run(picture, skippingLast: skipped, last: weights.norm, pool: pool, tap: tap)
    }

    /// tanh(dense(class token)) where the checkpoint has a pooler, else the class token; F32 `[hidden]`.
    public func pooled(_ features: Tensor, tap: LayerTap?) throws(ModelError) -> Tensor? {
        try ModelError.wrapping {
            let token = try features.rows(0..<1)
            guard let pooler = weights.pooler else { return try token.reshaped([token.elementCount]).copy() }
            let row = try Tensor.allocate(.f32, token.shape)
            try pooler.run(token, into: row, on: encoder.compute)
            try encoder.compute.tanh(row)
            try tap?("pooler_output", row)
            return try row.reshaped([row.elementCount])
        }
    }

    public func scores(_ features: Tensor) throws(ModelError) -> Tensor? {
        guard let classifier = weights.classifier else { return nil }
        return try ModelError.wrapping {
            let scores = try Tensor.allocate(.f32, [1, labels.count])
            try classifier.run(try features.rows(0..<1), into: scores, on: encoder.compute)
            return try scores.reshaped([labels.count])
        }
    }
}

extension ViTTower.Weights {
    /// Rows of the classifier's matrix; nil where the file has none.
    static func labelCount(_ reader: WeightReader) throws(ModelError) -> Int? {
        reader.contains("classifier.weight") ? try reader.shape("classifier.weight").first : nil
    }

    /// Under the hub's names, with or without `vit.` before them.
    init(_ reader: WeightReader, _ configuration: ViTConfiguration) throws(ModelError) {
        let c = configuration.tower
        let prefix = reader.contains("vit.embeddings.cls_token") ? "vit." : ""
        let hidden = c.hiddenSize
        encoder = PatchEncoder.Weights(
            patches: try reader.patches(prefix + "embeddings.patch_embeddings.projection", c),
            classToken: try reader.rows(prefix + "embeddings.cls_token", shape: [1, 1, hidden]),
            position: try reader.rows(prefix + "embeddings.position_embeddings", shape: [1, c.tokenCount, hidden]),
            layers: try (0..<c.layerCount).map { index throws(ModelError) in
                try reader.preNormBlock(vit: "\(prefix)encoder.layer.\(index).", c)
            })
        norm = try reader.layerNorm(prefix + "layernorm", hidden)
        let dense = prefix + "pooler.dense"
        pooler = reader.contains(dense + ".weight") ? try reader.linear(dense, hidden, hidden) : nil
        classifier = configuration.labels.isEmpty ? nil : try reader.linear("classifier", configuration.labels.count, hidden)
    }
}

extension WeightReader {
    /// A block under the hub's names of ViT.
    fileprivate func preNormBlock(vit block: String, _ c: TowerConfiguration) throws(ModelError) -> PreNormBlock {
        let (hidden, intermediate) = (c.hiddenSize, c.intermediateSize)
        let names = ["attention.query", "attention.key", "attention.value", "output.dense"]
        let projections = try names.map { name throws(ModelError) in try linear("\(block)attention.\(name)", hidden, hidden) }
        return PreNormBlock(
            norm1: try layerNorm(block + "layernorm_before", hidden), attention: Projections(projections),
            norm2: try layerNorm(block + "layernorm_after", hidden),
            up: try linear(block + "intermediate.dense", intermediate, hidden),
            down: try linear(block + "output.dense", hidden, intermediate), activation: c.activation)
    }
}
