import Glibc
import MillModels
import MillTensor
import MillTokenizer
import MillValue

/// Writes the text of one window that a context has heard.
struct WindowWriter {
    let context: SpeechContext
    let rules: SpeechRules
    let tokenizer: Tokenizer
    let options: TranscriptionOptions
    let contextLength: Int

    /// What a window became.
    struct Text {
        /// Text and times, without the tokens that began it and the one that ended it.
        var tokens: [Int32] = []
        var averageLogProbability = 0.0
        var noSpeechProbability = 0.0
        var temperature: Float = 0
        var compressionRatio = 0.0
    }

    /// Tries one temperature after the other until the text neither repeats itself nor is a guess; the last one counts.
    ///
    /// - Parameters:
    ///   - previous: tokens of text that was written before.
    ///   - beginning: the start, language and task.
    ///   - seed: of this window.
    /// - Returns: nil when cancelled.
    func write(
        after previous: [Int32], beginning: [Int32], seed: UInt64, isCancelled: () -> Bool
    ) throws(InferenceError) -> Text? {
        let (scores, noSpeech, room) = try read(previous, beginning)
        let start = context.position
        var text = Text()
        for temperature in options.temperatures {
            var generator = SeededGenerator(seed: seed ^ UInt64(temperature.bitPattern))
            do { try context.rewind(to: start) } catch { throw .model(error) }
            guard
                var attempt = try write(scores, room: room, temperature: temperature, &generator, isCancelled)
            else { return nil }
            attempt.noSpeechProbability = noSpeech
            text = attempt
            let isGuess = text.averageLogProbability < options.logProbabilityLimit
            let isSilence = noSpeech > options.noSpeechLimit && isGuess
            if isSilence || (!isGuess && text.compressionRatio <= options.compressionLimit) { break }
        }
        return text
    }

    /// Reads what the window's text begins with.
    ///
    /// - Returns: the scores of the first token, the probability that nobody speaks, and how many tokens may follow.
    private func read(
        _ previous: [Int32], _ beginning: [Int32]
    ) throws(InferenceError) -> (scores: [Float], noSpeech: Double, room: Int) {
        var before: [Int32] = []
        if let token = rules.vocabulary.previous, !previous.isEmpty {
            before = [token] + previous.suffix(contextLength / 2 - 1)
        }
        let heard = try scores(after: before + beginning.prefix(1))
        var noSpeech = 0.0
        if let token = rules.vocabulary.noSpeech, let all = TokenScores(heard) { noSpeech = exp(all.logProbability(token)) }
        let rest = Array(beginning.dropFirst())
        let first = rest.isEmpty ? heard : try scores(after: rest)
        return (first, noSpeech, min(contextLength / 2, contextLength - context.position))
    }

    private func write(
        _ first: [Float], room: Int, temperature: Float, _ generator: inout SeededGenerator, _ isCancelled: () -> Bool
    ) throws(InferenceError) -> Text? {
        var text = Text()
        text.temperature = temperature
        var sum = 0.0
        var next = first
        while text.tokens.count < room {
            if isCancelled() { return nil }
            rules.apply(to: &next, after: text.tokens)
            guard let scores = TokenScores(next) else { throw .noScores }
            let token = temperature == 0 ? scores.likeliest : scores.token(at: generator.unit(), temperature: temperature)
            sum += scores.logProbability(token)
            if token == rules.vocabulary.end { break }
            text.tokens.append(token)
            if text.tokens.count < room { next = try self.scores(after: [token]) }
        }
        text.averageLogProbability = sum / Double(text.tokens.count + 1)
        text.compressionRatio = CompressionRatio.of(tokenizer.text(of: text.tokens, rules.vocabulary))
        return text
    }

    private func scores(after tokens: [Int32]) throws(InferenceError) -> [Float] {
        do {
            try context.append(tokens)
            return try context.logits.floats()
        } catch let error as ModelError { throw .model(error) } catch { throw .unsuitable("\(error)") }
    }
}

extension Tokenizer {
    /// The text of a window's tokens, without times.
    func text(of tokens: [Int32], _ vocabulary: SpeechVocabulary) -> String {
        decode(tokens.filter { $0 < vocabulary.end }, skipSpecial: true)
    }
}
