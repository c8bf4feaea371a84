import MillAudio
import MillCompute
import MillTensor

/// One window of sound and the text that is being written about it.
public final class SpeechContext: DecodingContext, @unchecked Sendable {
    // Safe to share: everything mutable is touched only inside the model's lock or by the one caller that owns this.
    private let model: SpeechModel
    let cache: KVCache
    /// What each of the decoder's blocks looks up in the sound; written once for each window.
    let sound: [KeyValueStore]
    private(set) var hasSound = false
    public let logits: Tensor
    private let logitRow: Tensor

    init(_ model: SpeechModel, pool: StoragePool) throws(ModelError) {
        self.model = model
        let c = model.configuration
        let headDimension = c.hiddenSize / c.decoderHeadCount
        func stores(_ capacity: Int) throws(ModelError) -> KVCache {
            try KVCache(
                model.cacheType, layerCount: c.decoderLayerCount, capacity: capacity, kvHeadCount: c.decoderHeadCount,
                headDimension: headDimension, pool: pool)
        }
        cache = try stores(c.contextLength)
        let heard = try stores(c.soundLength)
        sound = try (0..<c.decoderLayerCount).map { layer throws(ModelError) in try heard.store(layer: layer) }
        do {
            logitRow = try Tensor.allocate(.f32, [1, c.vocabularySize])
            logits = try logitRow.reshaped([c.vocabularySize])
        } catch { throw .memory(error) }
    }

    /// Listens to a window, 16 kHz; shorter ones are padded with silence. What was written about another is forgotten.
    public func hear(_ samples: some RandomAccessCollection<Float>) throws(ModelError) {
        let features: Tensor
        do { features = try model.spectrogram.features(of: samples) } catch { throw .audio(error) }
        try hear(features: features)
    }

    /// The same with the window's spectrogram, F32 `[frames, bands]`.
    package func hear(features: Tensor, tap: LayerTap? = nil) throws(ModelError) {
        cache.truncate(to: 0)
        hasSound = false
        try model.project(try model.encode(features, tap: tap), into: sound)
        hasSound = true
    }

    public var position: Int { cache.count }
    public var capacity: Int { cache.capacity }
    public var chunkLength: Int { cache.capacity }

    public func append(_ tokens: [Int32]) throws(ModelError) { try model.forward(tokens, self, into: logitRow) }

    /// The same with the scores after every token, F32 `[tokens.count, vocabulary]`.
    package func append(_ tokens: [Int32], into logits: Tensor, tap: LayerTap?) throws(ModelError) {
        try model.forward(tokens, self, into: logits, tap: tap)
    }

    public func rewind(to position: Int) throws(ModelError) {
        guard (0...cache.count).contains(position) else {
            throw .misuse("cannot rewind to token \(position) of \(cache.count)")
        }
        cache.truncate(to: position)
    }
}
