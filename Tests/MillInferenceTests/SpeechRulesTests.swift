import MillInference
import MillModels
import MillTestSupport
import Testing

@Suite("Rules of transcripts")
struct SpeechRulesTests {
    private let vocabulary: SpeechVocabulary
    private let size: Int

    init() throws {
        let model = try ModelLoader().load(path: Oracles.committed + "/models/whisper_tones")
        let network: SpeechModel? = if case .speech(let network) = model.network { network } else { nil }
        let configuration = try #require(network).configuration
        size = configuration.vocabularySize
        vocabulary = try SpeechVocabulary(try #require(model.tokenizer), configuration)
    }

    /// The tokens that may follow.
    private func allowed(after written: [Int32], _ scores: [Int32: Float] = [:], limit: Int = 50) -> Set<Int32> {
        var all = [Float](repeating: 0, count: size)
        // Times together are no likelier than text unless a test wants it.
        for token in vocabulary.firstTimestamp...vocabulary.lastTimestamp { all[Int(token)] = -20 }
        for (token, score) in scores { all[Int(token)] = score }
        SpeechRules(vocabulary, suppressed: [3], suppressedFirst: [4], initialLimit: limit).apply(to: &all, after: written)
        return Set(all.indices.filter { all[$0] > -.infinity }.map { Int32($0) })
    }

    private func time(_ step: Int32) -> Int32 { vocabulary.firstTimestamp + step }
    private func times(_ steps: ClosedRange<Int32>) -> Set<Int32> { Set(steps.map(time)) }
    private var text: Set<Int32> { Set(0..<vocabulary.end).subtracting([3]) }

    @Test("a text begins with a time, not too late")
    func first() {
        #expect(allowed(after: []) == times(0...50))
        #expect(allowed(after: [], limit: 2) == times(0...2))
        #expect(allowed(after: [], limit: 5000) == times(0...100))
    }

    @Test("text follows the first time; then text, the end, or a later time")
    func middle() {
        #expect(allowed(after: [time(5)]) == text.union([vocabulary.end]))
        #expect(allowed(after: [time(5), 7]) == text.union([vocabulary.end]).union(times(6...100)))
    }

    @Test("after a segment's end comes the end, or the next beginning, which may be the same time")
    func pairs() {
        #expect(allowed(after: [time(5), 7, time(9)]) == times(9...100).union([vocabulary.end]))
        #expect(allowed(after: [time(5), 7, time(9), time(12)]) == text.union([vocabulary.end]))
        #expect(allowed(after: [time(5), 7, time(9), time(12), 8]).isDisjoint(with: times(0...12)))
    }

    @Test("where times together are likelier than any word, one is due")
    func due() {
        var scores: [Int32: Float] = [7: 1]
        for step in 10...40 { scores[time(Int32(step))] = -1 }
        #expect(allowed(after: [time(5), 7], scores) == times(6...100))
        scores[7] = 4
        #expect(allowed(after: [time(5), 7], scores).contains(7))
    }

    @Test("probabilities are those of the softmax, and draws follow them")
    func probabilities() throws {
        #expect(TokenScores([-.infinity, -.infinity]) == nil)
        #expect(TokenScores([.nan]) == nil)
        let scores = try #require(TokenScores([0, -.infinity, 2, 2]))
        #expect(scores.likeliest == 2)
        #expect(abs(scores.logProbability(2) + 0.7584) < 1e-3)
        #expect(scores.logProbability(1) == -.infinity && scores.logProbability(9) == -.infinity)
        #expect([0, 0.06, 0.07, 0.5, 0.54, 0.9999].map { scores.token(at: $0, temperature: 1) } == [0, 0, 2, 2, 3, 3])
    }

    @Test("segments are cut where times meet, and the next window begins at the last of them")
    func segments() {
        let whole = WindowSegments([time(0), 7, time(20), time(30), 8, 9, time(50), time(60)], duration: 2, vocabulary)
        #expect(whole.segments.map(\.start) == [0, 0.6] && whole.segments.map(\.end) == [0.4, 1])
        #expect(whole.advance == 1)
        let closed = WindowSegments([time(0), 7, time(20), time(20), 8, time(50)], duration: 2, vocabulary)
        #expect(closed.segments.map(\.end) == [0.4, 1] && closed.advance == 2)
        let single = WindowSegments([time(0), 7, time(20)], duration: 1.5, vocabulary)
        #expect(single.segments.map(\.end) == [0.4] && single.advance == 1.5)
        let open = WindowSegments([time(10), 7, 8], duration: 1.5, vocabulary)
        #expect(open.segments.map(\.start) == [0.2] && open.segments.map(\.end) == [1.5] && open.advance == 1.5)
        #expect(WindowSegments([], duration: 2, vocabulary).segments.isEmpty)
        // Never back, and never on the spot.
        #expect(WindowSegments([time(0), 7, time(0), time(0), 8], duration: 2, vocabulary).advance == 2)
    }

    @Test("what repeats itself compresses")
    func compression() {
        #expect(CompressionRatio.of("") == 0)
        #expect(CompressionRatio.of("the quick brown fox jumps over the lazy dog") < 1.1)
        #expect(CompressionRatio.of(String(repeating: "and then ", count: 30)) > 10)
    }

    @Test("languages and tasks begin a text, and others are refused")
    func beginnings() throws {
        #expect(Set(vocabulary.languages.keys) == ["en", "de"])
        #expect(try vocabulary.beginning(language: "de", .translate) == [34, 36, 37])
        #expect(throws: InferenceError.self) { try vocabulary.beginning(language: "fr", .transcribe) }
        #expect(throws: InferenceError.self) { try vocabulary.beginning(language: nil, .transcribe) }
    }
}
