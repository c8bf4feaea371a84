import MillModels

extension ModelHost {
    /// A new sound to write down.
    ///
    /// - Throws: ``InferenceError/unsuitable(_:)`` for models that do not hear, and languages that this one does not know.
    public func transcription(_ options: TranscriptionOptions = TranscriptionOptions()) throws(InferenceError) -> Transcription {
        guard case .speech(let network) = model.network else {
            throw .unsuitable("\(model.description.path) is a \(model.description.family) model, which hears nothing")
        }
        guard let tokenizer = model.tokenizer else { throw .noTokenizer(path: model.description.path) }
        return try Transcription(network, tokenizer, options)
    }

    /// Writes down a piece of a sound. Blocks until it is done.
    ///
    /// - Parameters:
    ///   - samples: at 16 kHz.
    ///   - start: where the piece begins in the sound, in seconds.
    public func transcribe(
        _ samples: [Float], at start: Double = 0, in transcription: Transcription,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(InferenceError) -> [TranscriptSegment] {
        try onLane { try transcription.add(samples, at: start, isCancelled: isCancelled) }
    }
}
