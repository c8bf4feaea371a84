/// How sound becomes text; the limits are those of Whisper's reference implementation.
public struct TranscriptionOptions: Sendable, Hashable {
    public enum Task: String, Sendable, CaseIterable {
        /// In the language that is spoken.
        case transcribe
        /// Into English.
        case translate
    }

    /// A code such as `en`; nil lets the model tell it from the first window.
    public var language: String?
    public var task = Task.transcribe
    /// What a window is written with, one after the other until its text is good enough; 0 takes the likeliest tokens.
    public var temperatures: [Float] = [0, 0.2, 0.4, 0.6, 0.8, 1]
    /// A text that zlib makes smaller by more than this factor repeats itself.
    public var compressionLimit = 2.4
    /// A text whose tokens have a lower mean logarithm of their probability is a guess.
    public var logProbabilityLimit = -1.0
    /// A window in which nobody speaks with a higher probability is left out, unless its text is no guess.
    public var noSpeechLimit = 0.6
    /// Whether the model is shown what it wrote before.
    public var usesPreviousText = true
    /// Shown as if it had been written before: names and words that may come.
    public var prompt = ""
    /// For temperatures above 0.
    public var seed: UInt64 = 0

    public init() {}

    func check() throws(InferenceError) {
        guard !temperatures.isEmpty, temperatures.allSatisfy({ (0...10).contains($0) }) else {
            throw .sampling(parameter: "temperatures", value: "\(temperatures)", allowed: "numbers of 0...10, at least one")
        }
    }
}

/// What was said in a stretch of time.
public struct TranscriptSegment: Sendable, Hashable {
    /// Seconds from the beginning of the sound.
    public var start: Double
    public var end: Double
    public var text: String
    public var tokens: [Int32]
    /// Of the tokens of the window that it was written in, the mean logarithm of their probabilities.
    public var averageLogProbability: Double
    /// That nobody speaks in that window.
    public var noSpeechProbability: Double
    /// With which the window was written.
    public var temperature: Float
    public var compressionRatio: Double

    public init(
        start: Double, end: Double, text: String, tokens: [Int32], averageLogProbability: Double, noSpeechProbability: Double,
        temperature: Float, compressionRatio: Double
    ) {
        self.start = start
        self.end = end
        self.text = text
        self.tokens = tokens
        self.averageLogProbability = averageLogProbability
        self.noSpeechProbability = noSpeechProbability
        self.temperature = temperature
        self.compressionRatio = compressionRatio
    }
}
