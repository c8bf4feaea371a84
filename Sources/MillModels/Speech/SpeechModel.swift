import MillAudio
import MillCompute
import MillTensor
import Synchronization

/// A Whisper model (arXiv:2212.04356): sound in windows → text, token by token.
///
/// ```swift
/// guard case .speech(let model) = try ModelLoader().load(path: "whisper-small").network else { … }
/// let context = try model.makeContext()
/// try context.hear(samples)                 // 16 kHz, at most a window
/// try context.append([model.configuration.startTokenID])
/// ```
/// `docs/speech.md` says how text is made of it. The encoder is ``encode(_:tap:)``, the decoder ``SpeechContext``.
public final class SpeechModel: DescribedNetwork {
    public let configuration: WhisperConfiguration
    let weights: SpeechWeights
    /// The spectrogram that the model was trained on.
    public let spectrogram: LogMel
    /// Of the decoder, which has few rows at once, and of the encoder, which has many.
    package let compute: Compute
    let soundCompute: Compute
    let workspaceByteCount: Int
    let encoderBuffers: Mutex<SpeechEncoderBuffers>
    let decoderBuffers: Mutex<SpeechDecoderBuffers>

    init(_ configuration: WhisperConfiguration, _ weights: SpeechWeights, compute: Compute) throws(ModelError) {
        self.configuration = configuration
        self.weights = weights
        self.compute = compute
        soundCompute = compute.activations == .int8 ? Compute(compute, activations: .bfloat16) : compute
        do {
            spectrogram = try LogMel(bandCount: configuration.bandCount, sampleCount: configuration.sampleCount)
        } catch { throw .audio(error) }
        let (encoder, decoder): (SpeechEncoderBuffers, SpeechDecoderBuffers)
        do {
            encoder = try SpeechEncoderBuffers(configuration)
            decoder = try SpeechDecoderBuffers(configuration)
        } catch { throw .memory(error) }
        workspaceByteCount = encoder.byteCount + decoder.byteCount
        encoderBuffers = Mutex(encoder)
        decoderBuffers = Mutex(decoder)
    }

    public var facts: NetworkFacts {
        let c = configuration
        return NetworkFacts(
            family: "whisper", vocabularySize: c.vocabularySize, contextLength: c.contextLength,
            layerCount: c.encoderLayerCount + c.decoderLayerCount, hiddenSize: c.hiddenSize, cacheType: cacheType,
            cacheByteCountPerToken: KVCache.byteCountPerToken(
                cacheType, layerCount: c.decoderLayerCount, kvHeadCount: c.decoderHeadCount,
                headDimension: c.hiddenSize / c.decoderHeadCount),
            workspaceByteCount: workspaceByteCount)
    }

    /// What keys and values are kept in.
    public var cacheType: DType { KVCache.defaultType(compute.activations) }

    /// Room for the sound of one window and the text that is written about it.
    public func makeContext(pool: StoragePool = .default) throws(ModelError) -> SpeechContext {
        try SpeechContext(self, pool: pool)
    }
}

/// The working memory of the encoder.
struct SpeechEncoderBuffers: Sendable {
    /// The spectrogram between two rows of zeros, `[1 + frames + 1, bands]`.
    let frames: Tensor
    /// What the first convolution gives, between two rows of zeros, `[1 + frames + 1, hidden]`.
    let middle: Tensor
    /// The residual stream, `[soundLength, hidden]`.
    let hidden: Tensor
    let block: PreNormBlock.Buffers

    init(_ c: WhisperConfiguration) throws(TensorError) {
        frames = try Tensor.zeros(.f32, [c.frameCount + 2, c.bandCount])
        middle = try Tensor.zeros(.f32, [c.frameCount + 2, c.hiddenSize])
        hidden = try Tensor.allocate(.f32, [c.soundLength, c.hiddenSize])
        block = try PreNormBlock.Buffers(
            rows: c.soundLength, hidden: c.hiddenSize, intermediate: c.encoderIntermediateSize)
    }

    var byteCount: Int { frames.byteCount + middle.byteCount + hidden.byteCount + block.byteCount }
}

/// The working memory of the decoder.
struct SpeechDecoderBuffers: Sendable {
    /// The residual stream, `[contextLength, hidden]`.
    let hidden: Buffer
    let block: PreNormBlock.Buffers
    /// Keys and values of the sound while they are made, `[soundLength, hidden]`.
    let keys: Tensor
    let values: Tensor

    init(_ c: WhisperConfiguration) throws(TensorError) {
        hidden = try Buffer(rows: c.contextLength, c.hiddenSize)
        block = try PreNormBlock.Buffers(
            rows: c.contextLength, hidden: c.hiddenSize, intermediate: c.decoderIntermediateSize)
        keys = try Tensor.allocate(.f32, [c.soundLength, c.hiddenSize])
        values = try Tensor.allocate(.f32, [c.soundLength, c.hiddenSize])
    }

    var byteCount: Int { hidden.byteCount + block.byteCount + keys.byteCount + values.byteCount }
}
