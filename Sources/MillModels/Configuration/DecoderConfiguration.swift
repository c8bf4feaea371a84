/// The sizes and constants of a decoder-only text model.
public struct DecoderConfiguration: Sendable, Hashable {
    /// The families that share this configuration; the name is the one on the hub (`model_type`).
    public enum Family: String, Sendable, CaseIterable {
        case llama, mistral, qwen2, qwen3, glm
    }

    public let family: Family
    public let vocabularySize: Int
    public let hiddenSize: Int
    public let layerCount: Int
    public let headCount: Int
    public let kvHeadCount: Int
    /// Dimensions of one head; not always `hiddenSize / headCount`.
    public let headDimension: Int
    public let intermediateSize: Int
    public let rmsNormEpsilon: Double
    public let rope: RopeConfiguration
    /// Whether the output head is the embedding table.
    public let tiesEmbeddings: Bool
    /// The longest sequence that the model was made for, in tokens.
    public let contextLength: Int
    public let beginTokenIDs: [Int32]
    /// The tokens that end an answer.
    public let endTokenIDs: [Int32]

    /// Rows of the query projection.
    var querySize: Int { headCount * headDimension }
    /// Rows of the key and of the value projection.
    var keySize: Int { kvHeadCount * headDimension }

    /// Refuses combinations that no attention can be computed with.
    func checked(path: String, headKey: String) throws(ModelError) -> DecoderConfiguration {
        guard headCount.isMultiple(of: kvHeadCount) else {
            throw .configuration(
                path: path, key: headKey, problem: "is \(headCount), no multiple of the \(kvHeadCount) key/value heads")
        }
        guard headCount * headDimension <= ConfigurationReader.maximumSize else {
            throw .configuration(path: path, key: headKey, problem: "times the head size \(headDimension) is too large")
        }
        guard rope.rotaryDimension.isMultiple(of: 2), (2...max(2, headDimension)).contains(rope.rotaryDimension) else {
            throw .configuration(
                path: path, key: headKey,
                problem: "turns \(rope.rotaryDimension) of \(headDimension) dimensions; an even part of the head is needed")
        }
        return self
    }
}
