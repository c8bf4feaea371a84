import MillAudio
import MillValue

/// The sizes of a Whisper model (arXiv:2212.04356), and how it was made to write.
public struct WhisperConfiguration: Sendable {
    public let hiddenSize: Int
    public let encoderLayerCount: Int
    public let encoderHeadCount: Int
    public let encoderIntermediateSize: Int
    public let decoderLayerCount: Int
    public let decoderHeadCount: Int
    public let decoderIntermediateSize: Int
    /// Bands of the spectrogram.
    public let bandCount: Int
    /// Rows that the encoder makes of a window, one for each 20 ms.
    public let soundLength: Int
    /// Tokens of a text, the prompt among them.
    public let contextLength: Int
    public let vocabularySize: Int
    /// Whether scores are made by the embedding table.
    let tiesEmbeddings: Bool
    /// `<|startoftranscript|>`.
    public let startTokenID: Int32
    public let endTokenIDs: [Int32]
    /// Tokens that are never written, and that are not written first.
    public let suppressedIDs: [Int32]
    public let suppressedFirstIDs: [Int32]
    /// The latest start of a window's first segment, in steps of 20 ms; nil for any.
    public let initialTimestampLimit: Int?
    /// Whether the model knows languages and tasks; nil where the files do not say.
    public let isMultilingual: Bool?

    /// Rows of the spectrogram of a window, one for each 10 ms.
    public var frameCount: Int { 2 * soundLength }
    /// Samples of a window at 16 kHz.
    public var sampleCount: Int { frameCount * LogMel.hop }
    /// Seconds of a window: 30 in all models that were published.
    public var windowSeconds: Double { Double(sampleCount) / Double(LogMel.sampleRate) }
}

extension WhisperConfiguration {
    static let layerNormEpsilon: Float = 1e-5
    /// 16 windows of 30 s; attention takes time with the square of this.
    private static let maximumSoundLength = 24_000

    /// - Parameters:
    ///   - config: `config.json`.
    ///   - generation: `generation_config.json`, null where there is none.
    init(hub config: Value, generation: Value, path: String) throws(ModelError) {
        let reader = ConfigurationReader(path: path, value: config)
        let activation = try reader.string("activation_function", default: "gelu")
        guard activation == "gelu" else {
            throw .unsupported(path: path, key: "activation_function", value: activation, supported: ["gelu"])
        }
        guard try !reader.bool("scale_embedding", default: false) else {
            throw .unsupported(path: path, key: "scale_embedding", value: "true", supported: ["false"])
        }
        hiddenSize = try reader.size("d_model")
        encoderLayerCount = try reader.size("encoder_layers")
        encoderHeadCount = try reader.size("encoder_attention_heads")
        encoderIntermediateSize = try reader.size("encoder_ffn_dim")
        decoderLayerCount = try reader.size("decoder_layers")
        decoderHeadCount = try reader.size("decoder_attention_heads")
        decoderIntermediateSize = try reader.size("decoder_ffn_dim")
        bandCount = try reader.size("num_mel_bins", default: 80)
        soundLength = try reader.size("max_source_positions", default: 1500, atLeast: 2)
        contextLength = try reader.size("max_target_positions", default: 448, atLeast: 8)
        vocabularySize = try reader.size("vocab_size")
        tiesEmbeddings = try reader.bool("tie_word_embeddings", default: true)
        for (key, heads) in [
            ("encoder_attention_heads", encoderHeadCount), ("decoder_attention_heads", decoderHeadCount),
        ] where !hiddenSize.isMultiple(of: heads) {
            throw reader.failure(key, "is \(heads), which does not divide the width \(hiddenSize)")
        }
        guard bandCount <= 512 else { throw reader.failure("num_mel_bins", "is \(bandCount), above 512") }
        guard soundLength <= Self.maximumSoundLength else {
            throw reader.failure("max_source_positions", "is \(soundLength), above \(Self.maximumSoundLength)")
        }
        guard let start = try reader.tokenIDs("decoder_start_token_id", vocabularySize: vocabularySize).first else {
            throw reader.failure("decoder_start_token_id", "is missing")
        }
        startTokenID = start
        endTokenIDs = try reader.tokenIDs("eos_token_id", vocabularySize: vocabularySize)
        guard !endTokenIDs.isEmpty else { throw reader.failure("eos_token_id", "is missing") }

        // Older checkpoints say in config.json what newer ones say in generation_config.json.
        let folder = path.hasSuffix("config.json") ? String(path.dropLast("config.json".count)) : path
        let writing = ConfigurationReader(path: folder + "generation_config.json", value: generation)
        let size = vocabularySize
        func ids(_ key: String) throws(ModelError) -> [Int32] {
            try (writing.contains(key) ? writing : reader).tokenIDs(key, vocabularySize: size)
        }
        suppressedIDs = try ids("suppress_tokens")
        suppressedFirstIDs = try ids("begin_suppress_tokens")
        initialTimestampLimit =
            writing.contains("max_initial_timestamp_index")
            ? try writing.size("max_initial_timestamp_index", atLeast: 0) : nil
        isMultilingual = writing.contains("is_multilingual") ? try writing.bool("is_multilingual", default: true) : nil
    }
}
