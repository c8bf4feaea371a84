import MillCompute
public import MillTensor

/// A SigLIP vision tower: one picture → a row of features for each patch.
///
/// ```swift
/// guard case .tower(let tower) = try ModelLoader().load(path: "mmproj.gguf").network else { … }
/// let features = try tower.encode(picture)    // [tokens, hidden]
/// ```
/// `docs/models/vision.md` says what every step computes. Adapters and projectors of language models take these features.
public final class SiglipTower: VisionTower {
    let encoder: PatchEncoder
    let weights: SiglipWeights
    private let normsFeatures: Bool

    /// - Parameter normsFeatures: whether the last norm makes the features of the last block; without it they are that block's own.
    init(
        _ configuration: SiglipConfiguration, _ weights: SiglipWeights, compute: Compute, normsFeatures: Bool = true
    ) throws(ModelError) {
        encoder = try PatchEncoder(configuration, weights.encoder, compute: compute)
        self.weights = weights
        self.normsFeatures = normsFeatures
    }

    public var configuration: TowerConfiguration { encoder.configuration }

    public var facts: NetworkFacts { encoder.facts(family: "siglip") }

    /// The features after the last norm, if it counts, patches row by row from the top left.
    public func features(
        of picture: TowerPicture, skippingLast skipped: Int, pool: StoragePool, tap: LayerTap?
    ) throws(ModelError) -> Tensor {
        try encoder.run(picture, skippingLast: skipped, last: normsFeatures ? weights.norm : nil, pool: pool, tap: tap)
    }

    /// The result of the pooling head, F32 `[hidden]`; nil for towers of language models, which have none.
    public func pooled(_ features: Tensor, tap: LayerTap?) throws(ModelError) -> Tensor? {
        guard let head = weights.head else { return nil }
        return try ModelError.wrapping {
            let row = try head.run(features, configuration, on: encoder.compute)
            try tap?("pooler_output", row)
            return try row.reshaped([row.elementCount])
        }
    }
}
