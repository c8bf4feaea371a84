import MillCompute
public import MillTensor

/// The picture side of CLIP (arXiv:2103.00020): features of a class token and the patches, and a row for the picture that is
/// compared with texts where the checkpoint has a projection.
public final class CLIPTower: VisionTower {
    struct Weights: Sendable {
        let encoder: PatchEncoder.Weights
        /// Of the class token alone; nil in mmproj files whose projector takes the features before it.
        let norm: LayerNorm?
        let projection: Linear?
    }

    private let encoder: PatchEncoder
    private let weights: Weights
    private let projectionSize: Int?

    init(_ configuration: CLIPConfiguration, _ weights: Weights, compute: Compute) throws(ModelError) {
        encoder = try PatchEncoder(configuration.tower, weights.encoder, compute: compute)
        self.weights = weights
        projectionSize = configuration.projectionSize
    }

    public var configuration: TowerConfiguration { encoder.configuration }

    public var facts: NetworkFacts { encoder.facts(family: "clip") }

    /// The residual stream after the last block that is not left out, without a norm; the class token is the first row.
    public func features(
        of picture: TowerPicture, skippingLast skipped: Int, pool: StoragePool, tap: LayerTap?
    ) throws(ModelError) -> Tensor {
        try encoder.run(picture, skippingLast: skipped, last: nil, pool: pool, tap: tap)
    }

    /// The class token after its norm, and where there is a projection its product; F32 `[hidden]` or `[projection]`.
    public func pooled(_ features: Tensor, tap: LayerTap?) throws(ModelError) -> Tensor? {
        guard let norm = weights.norm else { return nil }
        return try ModelError.wrapping {
            let token = try Tensor.allocate(.f32, [1, configuration.hiddenSize])
            try norm.run(try features.rows(0..<1), epsilon: encoder.epsilon, into: token, on: encoder.compute)
            try tap?("pooler_output", token)
            guard let projection = weights.projection, let projectionSize else {
                return try token.reshaped([token.elementCount])
            }
            let row = try Tensor.allocate(.f32, [1, projectionSize])
            try projection.run(token, into: row, on: encoder.compute)
            try tap?("image_embeds", row)
            return try row.reshaped([projectionSize])
        }
    }
}

extension CLIPTower.Weights {
    private static let projection = "visual_projection"

    /// Whether a file has a projection.
    static func isProjected(_ reader: WeightReader) -> Bool { reader.contains("\(projection).weight") }

    /// Under the hub's names, with or without `vision_model.` before them.
    init(hub reader: WeightReader, _ configuration: CLIPConfiguration) throws(ModelError) {
        let c = configuration.tower
        let prefix = reader.contains("vision_model.embeddings.class_embedding") ? "vision_model." : ""
        let position = prefix + "embeddings.position_embedding.weight"
        encoder = PatchEncoder.Weights(
            patches: try reader.patches(prefix + "embeddings.patch_embedding", c),
            classToken: try reader.rows(prefix + "embeddings.class_embedding", shape: [c.hiddenSize]),
            position: try reader.rows(position, shape: [c.tokenCount, c.hiddenSize]),
            // The hub's spelling.
            firstNorm: try reader.layerNorm(prefix + "pre_layrnorm", c.hiddenSize),
            layers: try (0..<c.layerCount).map { index throws(ModelError) in
                try reader.preNormBlock(hub: "\(prefix)encoder.layers.\(index).", c)
            })
        norm = try reader.layerNorm(prefix + "post_layernorm", c.hiddenSize)
        projection = try configuration.projectionSize.map { size throws(ModelError) in
            try reader.linear(Self.projection, size, c.hiddenSize)
        }
    }

    /// Under the names of mmproj files.
    init(gguf reader: WeightReader, _ configuration: CLIPConfiguration) throws(ModelError) {
        let c = configuration.tower
        encoder = PatchEncoder.Weights(
            patches: try reader.patches("v.patch_embd", c),
            classToken: try reader.rows("v.class_embd", shape: [c.hiddenSize]),
            position: try reader.rows("v.position_embd.weight", shape: [c.tokenCount, c.hiddenSize]),
            firstNorm: try reader.layerNorm("v.pre_ln", c.hiddenSize),
            layers: try (0..<c.layerCount).map { index throws(ModelError) in
                try reader.preNormBlock(mmproj: "v.blk.\(index).", c)
            })
        norm = reader.contains("v.post_ln.weight") ? try reader.layerNorm("v.post_ln", c.hiddenSize) : nil
        projection = nil
    }

    /// Whether a tensor belongs to what files hold beside the tower: the text side and the scale of a whole CLIP model, the
    /// projector of an mmproj file.
    static func isBesideTower(_ name: String) -> Bool {
        ["text_model.", "text_projection.", "logit_", "mm.", "model.image_newline"].contains(where: name.hasPrefix)
    }
}
