import MillTensor
import MillWeights

/// What one token costs a dense text model at least: the matrices that it meets.
///
/// The table of embeddings is not among them, since a token takes one row of it, unless it is also the output head.
public struct TokenWork: Sendable, Hashable {
    /// Bytes of all matrices as the file has them: what writing one token reads.
    public let matrixByteCount: Int
    /// Multiply-adds of the matrices of all layers, for each token.
    public let layerMultiplyAddCount: Int
    /// Multiply-adds of the output head, for each token whose scores are wanted.
    public let headMultiplyAddCount: Int
}

extension TokenWork {
    /// Under GGUF's and the hub's names.
    private static let embeddings: Set = ["token_embd.weight", "model.embed_tokens.weight"]
    private static let heads: Set = ["output.weight", "lm_head.weight"]

    /// - Throws: ``ModelError/weights(_:)``.
    init(of source: any WeightSource) throws(ModelError) {
        let hasHead = source.names.contains { Self.heads.contains($0) }
        var (bytes, layers, head) = (0, 0, 0)
        for name in source.names {
            let tensor: TensorLayout
            do { tensor = try source.layout(name) } catch { throw .weights(error) }
            let isEmbedding = Self.embeddings.contains(name)
            guard tensor.shape.count > 1, !(isEmbedding && hasHead) else { continue }
            bytes += tensor.byteCount
            if isEmbedding || Self.heads.contains(name) { head += tensor.elementCount } else { layers += tensor.elementCount }
        }
        self.init(matrixByteCount: bytes, layerMultiplyAddCount: layers, headMultiplyAddCount: head)
    }
}
