import MillCompute
import MillTensor

/// The weights of a decoder-only text model of pre-norm blocks, whatever the file calls them.
struct DecoderWeights: Sendable {
    struct Layer: Sendable {
        let attentionNorm: Tensor
        let attention: SelfAttention
        /// Of what attention adds to the residual stream; nil where it is added as it is.
        let attentionDeltaNorm: Tensor?
        let mlpNorm: Tensor
        let mlp: FeedForward
        /// Of what the MLP adds.
        let mlpDeltaNorm: Tensor?
    }

    /// What carries the residual stream on.
    enum Block: Sendable {
        case own(Layer)
        /// Looks at pictures beside the sequence.
        case cross(GatedCrossBlock)
    }

    /// `[vocabulary, hidden]`; with ``DecoderConfiguration/unwrittenTokenCount`` rows more.
    let embedding: WeightMatrix
    let blocks: [Block]
    /// `[hidden]`.
    let norm: Tensor
    /// `[vocabulary, hidden]`; the embedding itself when they are tied.
    let head: WeightMatrix
}

extension WeightReader {
    /// The embedding table and the output head, which are one matrix where the configuration ties them.
    func tables(
        _ name: String, head: String, _ c: DecoderConfiguration
    ) throws(ModelError) -> (embedding: WeightMatrix, head: WeightMatrix) {
        let shape = [c.vocabularySize, c.hiddenSize]
        if c.tiesEmbeddings {
            let both = try matrix(name, shape)
            return (both, both)
        }
        let table = try tensor(name, [c.vocabularySize + c.unwrittenTokenCount, c.hiddenSize])
        return (.rows(table), try matrix(head, shape))
    }
}
