/// Layers in which a token sees only the last ones before it, as Longformer's (arXiv:2004.05150) and Mistral's do.
public struct SlidingWindow: Sendable, Hashable {
    /// Tokens that a token sees, itself among them.
    public let size: Int
    /// By layer; the others see the whole sequence.
    public let isWindowed: [Bool]
}

/// The sizes and constants of a decoder-only text model.
public struct DecoderConfiguration: Sendable, Hashable {
    public let family: TextFamily
    public let vocabularySize: Int
    public let hiddenSize: Int
    public let layerCount: Int
    public let headCount: Int
    public let kvHeadCount: Int
    /// Dimensions of one head; not always `hiddenSize / headCount`.
    public let headDimension: Int
    /// Rows of the gate and up projections of layers without experts.
    public let intermediateSize: Int
    public let rmsNormEpsilon: Double
    public let rope: RopeConfiguration
    /// nil where every layer has a plain MLP.
    public let experts: ExpertConfiguration?
    /// nil where every layer sees the whole sequence.
    public let window: SlidingWindow?
    /// Whether each layer's queries and keys turn; nil where all do.
    let isTurned: [Bool]?
    /// Which projections have biases; nil where the file decides.
    let biases: ProjectionBiases?
    /// Whether the output head is the embedding table.
    public internal(set) var tiesEmbeddings: Bool
    /// The longest sequence that the model was made for, in tokens.
    public let contextLength: Int
    public let beginTokenIDs: [Int32]
    /// The tokens that end an answer.
    public let endTokenIDs: [Int32]

    /// Layers that look at pictures beside the sequence, in place of what was read before (Mllama).
    var crossLayers: Set<Int> = []
    /// Rows of the embedding table after the vocabulary's: tokens that are read and never written (Mllama's picture).
    var unwrittenTokenCount = 0

    func isSparse(_ layer: Int) -> Bool { experts?.isSparse[layer] ?? false }
    /// How many of the last tokens a layer sees; nil for all.
    func window(_ layer: Int) -> Int? { window.flatMap { $0.isWindowed[layer] ? $0.size : nil } }

    /// Rows of the gate and up projections of the layers without experts; 1 where there are none.
    var widestPlainSize: Int { experts.map { $0.isSparse.allSatisfy { $0 } } ?? false ? 1 : intermediateSize }

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
