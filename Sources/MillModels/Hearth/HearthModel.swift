import MillCompute
import MillTensor
import Synchronization

/// The embedded vision-language model: one picture of a room and a short instruction → compact JSON.
///
/// ```swift
/// let picture = try model.encode(image)            // once per frame
/// let context = try model.makeContext(picture)     // once per frame and instruction
/// try context.append(prompt)                       // refines the memory, computes the cross-attention's K/V
/// ```
/// `docs/models/hearth.md` says what every step computes.
public final class HearthModel: LanguageModel {
    public let configuration: HearthConfiguration
    let weights: HearthWeights
    let compute: Compute
    /// How item tokens enter the decoder, `[items, hidden]`: `item_input . item_embed`, worked out once.
    let itemInputs: Tensor
    /// Weights that turn an RMS norm into a division by the length, `[itemHidden]`.
    let unitNorm: Tensor
    /// The same, times `cell.scale`.
    let scaledUnitNorm: Tensor
    let vision: Mutex<HearthVisionBuffers>
    let text: Mutex<HearthTextBuffers>
    let workspaceByteCount: Int

    /// The longest prompt, in tokens.
    static let promptLimit = 256

    init(_ configuration: HearthConfiguration, _ weights: HearthWeights, compute: Compute) throws(ModelError) {
        self.configuration = configuration
        self.weights = weights
        self.compute = compute
        let prepared = try Self.prepare(configuration, weights, compute)
        itemInputs = prepared.itemInputs
        unitNorm = prepared.unitNorm
        scaledUnitNorm = prepared.scaledUnitNorm
        workspaceByteCount = prepared.vision.byteCount + prepared.text.byteCount
        vision = Mutex(prepared.vision)
        text = Mutex(prepared.text)
    }

    public var facts: NetworkFacts {
        let c = configuration
        let cacheType = KVCache.defaultType(compute.activations)
        return NetworkFacts(
            family: "hearth", vocabularySize: c.vocabularySize, contextLength: c.contextLength, layerCount: c.layerCount,
            hiddenSize: c.hiddenSize, cacheType: cacheType,
            cacheByteCountPerToken: KVCache.byteCountPerToken(
                cacheType, layerCount: c.layerCount, kvHeadCount: c.kvHeadCount, headDimension: c.headDimension),
            workspaceByteCount: workspaceByteCount)
    }

    public var vocabularySize: Int { configuration.vocabularySize }
    public var contextLength: Int { configuration.contextLength }
    public var endTokenIDs: [Int32] { [configuration.endTokenID] }

    /// An empty sequence about a picture; the first ``HearthContext/append(_:)`` takes the whole prompt.
    ///
    /// - Parameter capacity: tokens of prompt and answer together.
    public func makeContext(
        _ picture: HearthPicture, capacity: Int = 512, pool: StoragePool = .default
    ) throws(ModelError) -> HearthContext {
        try HearthContext(self, picture, capacity: min(capacity, contextLength), pool: pool)
    }
}
