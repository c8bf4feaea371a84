import MillAudio
import MillModels
import MillTensor
import MillTokenizer

/// A sound that is being written down, piece by piece.
///
/// Used by one caller at a time, on the model's lane (``ModelHost`` sees to that).
public final class Transcription: @unchecked Sendable {
    // Safe to share: only the model's lane calls `add`, and the rest does not change, but for `language` after it.
    private let model: SpeechModel
    private let tokenizer: Tokenizer
    private let options: TranscriptionOptions
    private let vocabulary: SpeechVocabulary
    private let writer: WindowWriter
    /// The code of the language that was asked for or found; nil as long as nothing was heard.
    public private(set) var language: String?
    /// Text that the next window is shown.
    private var previous: [Int32]
    private var windowCount: UInt64 = 0

    init(_ model: SpeechModel, _ tokenizer: Tokenizer, _ options: TranscriptionOptions) throws(InferenceError) {
        try options.check()
        self.model = model
        self.tokenizer = tokenizer
        self.options = options
        vocabulary = try SpeechVocabulary(tokenizer, model.configuration)
        language = options.language ?? (vocabulary.languages.isEmpty ? "en" : nil)
        if let language { _ = try vocabulary.beginning(language: language, options.task) }
        let prompt = options.prompt.isEmpty ? [] : tokenizer.encode(" " + options.prompt, addSpecial: false)
        previous = prompt
        let c = model.configuration
        let rules = SpeechRules(
            vocabulary, suppressed: c.suppressedIDs, suppressedFirst: c.suppressedFirstIDs + [vocabulary.end],
            initialLimit: c.initialTimestampLimit ?? 50)
        let context: SpeechContext
        do { context = try model.makeContext() } catch { throw .model(error) }
        writer = WindowWriter(
            context: context, rules: rules, tokenizer: tokenizer, options: options, contextLength: c.contextLength)
    }

    /// Writes down another piece of the sound.
    ///
    /// - Parameters:
    ///   - samples: at 16 kHz, of any length; best cut where nobody speaks.
    ///   - start: where the piece begins in the sound, in seconds.
    ///   - isCancelled: asked before every token; what was written of the window is then left out.
    func add(
        _ samples: [Float], at start: Double, isCancelled: () -> Bool
    ) throws(InferenceError) -> [TranscriptSegment] {
        let rate = Double(LogMel.sampleRate)
        var segments: [TranscriptSegment] = []
        var position = 0
        while position < samples.count, !isCancelled() {
            let window = samples[position..<min(position + model.configuration.sampleCount, samples.count)]
            let duration = Double(window.count) / rate
            do { try writer.context.hear(window) } catch { throw .model(error) }
            if language == nil { language = try detectLanguage() }
            windowCount += 1
            let written = try writer.write(
                after: previous, beginning: try vocabulary.beginning(language: language, options.task),
                seed: options.seed &+ windowCount &* 0x9E37_79B9, isCancelled: isCancelled)
            guard let written else { break }
            var advance = duration
            if !isSilent(written) {
                let parts = WindowSegments(written.tokens, duration: duration, vocabulary)
                let found = self.segments(parts, written, at: start + Double(position) / rate, limit: duration)
                segments += found
                remember(found, written)
                advance = parts.advance
            }
            position += max(Int((advance * rate).rounded()), LogMel.hop)
        }
        return segments
    }

    private func isSilent(_ text: WindowWriter.Text) -> Bool {
        text.noSpeechProbability > options.noSpeechLimit && text.averageLogProbability <= options.logProbabilityLimit
    }

    /// - Parameter limit: nothing is said after the sound's end.
    private func segments(
        _ parts: WindowSegments, _ text: WindowWriter.Text, at start: Double, limit: Double
    ) -> [TranscriptSegment] {
        parts.segments.compactMap { part in
            let words = tokenizer.text(of: part.tokens, vocabulary).trimmed
            guard !words.isEmpty, part.start < part.end, part.start < limit else { return nil }
            return TranscriptSegment(
                start: start + part.start, end: start + min(part.end, limit), text: words, tokens: part.tokens,
                averageLogProbability: text.averageLogProbability, noSpeechProbability: text.noSpeechProbability,
                temperature: text.temperature, compressionRatio: text.compressionRatio)
        }
    }

    /// Text that was hard to write misleads the next window.
    private func remember(_ segments: [TranscriptSegment], _ text: WindowWriter.Text) {
        guard options.usesPreviousText, text.temperature <= 0.5 else {
            previous = []
            return
        }
        previous = Array((previous + segments.flatMap(\.tokens)).suffix(model.configuration.contextLength / 2))
    }

    /// The likeliest language of the window that was heard.
    private func detectLanguage() throws(InferenceError) -> String {
        let scores: [Float]
        do {
            try writer.context.append([vocabulary.start])
            scores = try writer.context.logits.floats()
            try writer.context.rewind(to: 0)
        } catch let error as ModelError { throw .model(error) } catch { throw .unsuitable("\(error)") }
        let best = vocabulary.languages.filter { scores.indices.contains(Int($0.value)) }
            .max { (scores[Int($0.value)], $1.key) < (scores[Int($1.value)], $0.key) }
        guard let best, scores[Int(best.value)].isFinite else { throw .noScores }
        return best.key
    }
}

extension String {
    /// Without white space at its ends.
    fileprivate var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else {
            return ""
        }
        return String(self[first...last])
    }
}
