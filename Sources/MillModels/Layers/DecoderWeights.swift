import MillTensor

/// The weights of a decoder-only text model of pre-norm blocks, whatever the file calls them.
struct DecoderWeights: Sendable {
    struct Layer: Sendable {
        let attentionNorm: Tensor
        let attention: SelfAttention
        let mlpNorm: Tensor
        let mlp: GatedMLP
    }

    /// `[vocabulary, hidden]`.
    let embedding: Tensor
    let layers: [Layer]
    /// `[hidden]`.
    let norm: Tensor
    /// `[vocabulary, hidden]`; the embedding itself when they are tied.
    let head: Tensor
}
