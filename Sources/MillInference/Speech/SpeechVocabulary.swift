import MillModels
import MillTokenizer

/// The tokens with which a Whisper model is told what to do, and with which it says when something was spoken.
public struct SpeechVocabulary: Sendable {
    /// `<|startoftranscript|>`, `<|endoftext|>`.
    package let start: Int32
    package let end: Int32
    /// `<|transcribe|>`, `<|translate|>`; nil for models that know English only.
    let transcribe: Int32?
    let translate: Int32?
    /// What was written before follows this token.
    let previous: Int32?
    /// Its score right after the start says that nobody speaks.
    let noSpeech: Int32?
    package let noTimestamps: Int32
    /// `<|0.00|>`; each token behind it is 20 ms later.
    package let firstTimestamp: Int32
    package let lastTimestamp: Int32
    /// Never written: everything that steers, but for the end and times.
    let steering: [Int32]
    /// The tokens of languages by their codes; empty for models that know English only.
    public let languages: [String: Int32]

    /// Seconds between two timestamps.
    static let step = 0.02

    /// - Throws: ``InferenceError/unsuitable(_:)`` for a tokenizer that is not Whisper's.
    public init(_ tokenizer: Tokenizer, _ configuration: WhisperConfiguration) throws(InferenceError) {
        func id(_ names: String...) -> Int32? { names.lazy.compactMap { tokenizer.id(of: $0) }.first }
        guard let noTimestamps = id("<|notimestamps|>"), let end = configuration.endTokenIDs.first else {
            throw .unsuitable("the tokenizer has no <|notimestamps|>; it is not that of a Whisper model")
        }
        start = configuration.startTokenID
        self.end = end
        self.noTimestamps = noTimestamps
        firstTimestamp = noTimestamps + 1
        lastTimestamp = firstTimestamp + Int32(configuration.soundLength)
        guard Int(lastTimestamp) < configuration.vocabularySize else {
            throw .unsuitable(
                "the vocabulary of \(configuration.vocabularySize) ends before the timestamps of a window do; tokenizer and "
                    + "weights are not of one model")
        }
        previous = id("<|startofprev|>")
        noSpeech = id("<|nospeech|>", "<|nocaptions|>")
        // The files of models that know English only name all the same tokens.
        let isMultilingual = configuration.isMultilingual ?? (configuration.vocabularySize != 51_864)
        transcribe = isMultilingual ? id("<|transcribe|>") : nil
        translate = isMultilingual ? id("<|translate|>") : nil
        var languages: [String: Int32] = [:]
        for token in tokenizer.addedTokens {
            guard token.content.hasPrefix("<|"), token.content.hasSuffix("|>") else { continue }
            let code = token.content.dropFirst(2).dropLast(2)
            if (2...3).contains(code.utf8.count), code.utf8.allSatisfy({ (0x61...0x7A).contains($0) }) {
                languages[String(code)] = token.id
            }
        }
        self.languages = isMultilingual ? languages : [:]
        steering =
            [start, noTimestamps]
            + ["<|transcribe|>", "<|translate|>", "<|startofprev|>", "<|startoflm|>", "<|nospeech|>", "<|nocaptions|>"]
            .compactMap { tokenizer.id(of: $0) } + Array(languages.values)
    }

    func isTimestamp(_ token: Int32) -> Bool { token >= firstTimestamp && token <= lastTimestamp }

    /// Seconds from the window's start.
    func seconds(_ token: Int32) -> Double { Double(token - firstTimestamp) * Self.step }

    /// What a window's text begins with: the start, and for models that know several languages the language and the task.
    package func beginning(language: String?, _ task: TranscriptionOptions.Task) throws(InferenceError) -> [Int32] {
        guard !languages.isEmpty else {
            guard task == .transcribe, language == nil || language == "en" else {
                throw .unsuitable("this model knows English only; it cannot translate, and its language is en")
            }
            return [start]
        }
        guard let language, let token = languages[language] else {
            throw .unsuitable(
                "the model knows no language \(language ?? "?"); it knows \(languages.keys.sorted().joined(separator: ", "))")
        }
        guard let action = task == .translate ? translate : transcribe else {
            throw .unsuitable("the tokenizer has no token <|\(task.rawValue)|>")
        }
        return [start, token, action]
    }
}
