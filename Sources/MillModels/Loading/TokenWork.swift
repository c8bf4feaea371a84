import MillTensor
import MillWeights

/// What one token costs a text model at least: the matrices that it meets.
///
/// The table of embeddings is not among them, since a token takes one row of it, unless it is also the output head. Of experts
/// it meets those that are chosen for it.
public struct TokenWork: Sendable, Hashable {
    /// Bytes of all matrices as the file has them: what writing one token reads.
    public let matrixByteCount: Int
    /// Multiply-adds of the matrices of all layers, for each token.
    public let layerMultiplyAddCount: Int
    /// Multiply-adds of the output head, for each token whose scores are wanted.
    public let headMultiplyAddCount: Int
    /// The model's parameters but for those of experts that a token does not meet.
    public let activeParameterCount: Int
}

extension TokenWork {
    /// The dialects of all families.
    private static let dialects = Set(TextFamily.all.map(\.hubNames) + [.gguf])
    private static let embeddings = Set(dialects.map { "\($0.embedding).weight" })
    private static let heads = Set(dialects.map { "\($0.head).weight" })
    /// What the names of experts' tensors hold: in one tensor, or behind a number.
    private static let experts = ["_exps.", ".experts."]
    private static let numbered = [".ffn_gate.", ".ffn_up.", ".ffn_down."]

    /// Whether a tensor is a table of embeddings that nothing is multiplied with.
    static func isOnlyTable(_ name: String, in source: any WeightSource) -> Bool {
        embeddings.contains(name) && heads.contains(where: source.contains)
    }

    /// - Parameter experts: of a layer, and how many of them a token meets; nil without any.
    /// - Throws: ``ModelError/weights(_:)``.
    init(of source: any WeightSource, _ experts: (count: Int, chosenCount: Int)?) throws(ModelError) {
        let hasHead = source.names.contains { Self.heads.contains($0) }
        var (bytes, layers, head, parameters) = (0, 0, 0, 0)
        var (expertBytes, expertParameters) = (0, 0)
        for name in source.names {
            let tensor: TensorLayout
            do { tensor = try source.layout(name) } catch { throw .weights(error) }
            if experts != nil, Self.isExpert(name) {
                expertBytes += tensor.byteCount
                expertParameters += tensor.elementCount
                continue
            }
            parameters += tensor.elementCount
            let isEmbedding = Self.embeddings.contains(name)
            guard tensor.shape.count > 1, !(isEmbedding && hasHead) else { continue }
            bytes += tensor.byteCount
            if isEmbedding || Self.heads.contains(name) { head += tensor.elementCount } else { layers += tensor.elementCount }
        }
        if let experts {
            // Experts are of one size.
            bytes += expertBytes / experts.count * experts.chosenCount
            layers += expertParameters / experts.count * experts.chosenCount
            parameters += expertParameters / experts.count * experts.chosenCount
        }
        self.init(
            matrixByteCount: bytes, layerMultiplyAddCount: layers, headMultiplyAddCount: head,
            activeParameterCount: parameters)
    }

    private static func isExpert(_ name: String) -> Bool {
        experts.contains(where: name.contains)
            || numbered.contains { part in
                guard let range = name.firstRange(of: part) else { return false }
                return name[range.upperBound...].first?.isNumber ?? false
            }
    }
}
