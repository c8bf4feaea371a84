import Glibc
import MillCompute
import MillEvaluation
import MillModels
import MillSchema
import MillTensor
import MillTestSupport
import MillTokenizer
import MillValue
import Testing

@Suite("Measuring text models")
struct ScribeTests {
    private let schema = #"{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}"#

    @Test("surprise is the sum of -ln p, whatever the size of the scores")
    func surprise() throws {
        let scores = try Tensor([0, log(3), 0, 400, 0, 0], shape: [2, 3])
        let sum = try Surprise(scores, of: [1, 2], on: .shared)
        #expect(sum.tokenCount == 2 && sum.missCount == 1)
        // 3 of 5, and 400 behind the best.
        #expect(abs(sum.nats - (log(5.0 / 3.0) + 400)) < 1e-4)
        let even = try Surprise(try Tensor([Float](repeating: 1, count: 8), shape: [2, 4]), of: [0, 3], on: .shared)
        #expect(abs((even + even).perplexity - 4) < 1e-6 && (even + even).tokenCount == 4)
        #expect(Surprise().perplexity.isNaN)
    }

    @Test("answers count as exact when each token was the likeliest, and as right when they are the same JSON")
    func answers() throws {
        let set = try lines(
            #"{"prompt": "a", "answer": "{\"n\":1}", "schema": \#(schema), "expected": {"n": 1}}"#)
        let task = try #require(try set.tasks().first)
        let schema = try #require(task.schema)
        var scores = TaskScores()
        let (best, other) = (try Tensor([5, 0, 0, 5], shape: [2, 2]), try Tensor([5, 0, 0, 5], shape: [2, 2]))
        scores.add(try Surprise(best, of: [0, 1], on: .shared))
        scores.add(try Surprise(other, of: [0, 0], on: .shared))
        #expect(scores.exact.right == 1 && scores.exact.expected == 2 && scores.surprise.tokenCount == 4)
        for text in ["{\"n\": 1}", "{\"n\":2}", "{\"n\":\"1\"}", "{", nil] { scores.add(document: text, of: schema, to: task) }
        #expect(scores.wellFormed.right == 2 && scores.wellFormed.expected == 5)
        #expect(scores.right.right == 1 && scores.right.expected == 5)
    }

    @Test(
        "texts that are none are refused with the line",
        arguments: [
            ("{\"text\": \"a\"}\n\n{\"text\": ", "line 3, column 10: invalid JSON: the text ends"),
            ("{\"text\": \"a\"}\n\n{\"text\": 1}\n", "line 3: \"text\" is missing, or it is no string"),
            ("\n{\"text\": \"\"}", "line 2: \"text\" is empty"), ("\n \n", "it has no lines"),
        ])
    func brokenTexts(text: String, problem: String) throws {
        let message = "\(try error(text) { try $0.documents() })"
        #expect(message.contains("is no test set: \(problem)"), "\(message)")
    }

    @Test(
        "tasks that are none are refused with the line",
        arguments: [
            (#"{"prompt": "a"}"#, "line 1: \"answer\" is missing"), ("[]", "line 1: \"prompt\" is missing"),
            (#"{"prompt": "", "answer": ""}"#, "line 1: \"prompt\" and \"answer\" are both empty"),
            (#"{"prompt": "a", "answer": "b", "schema": 5}"#, "line 1: schema, at #: expected a schema"),
        ])
    func brokenTasks(text: String, problem: String) throws {
        let message = "\(try error(text) { try $0.tasks() })"
        #expect(message.contains("is no test set: \(problem)"), "\(message)")
    }

    @Test("tasks that the model cannot be given are refused with the line")
    func impossibleTasks() throws {
        let examiner = try ScribeExaminer(path: Oracles.committed + "/models/glm_edge")
        let long = String(repeating: "word ", count: 600)
        let cases = [
            (#"{"prompt": "\#(long)", "answer": "b"}"#, "and the model's context has 512"),
            (#"{"prompt": "a", "answer": "\#(long)"}"#, "and the model's context has 512"),
            (#"{"prompt": "", "answer": "b", "schema": \#(schema)}"#, "\"prompt\" is empty"),
        ]
        for (line, problem) in cases {
            let tasks = try lines("{\"prompt\": \"a\", \"answer\": \"b\"}\n" + line).tasks()
            let error = try #require(#expect(throws: EvaluationError.self) { try examiner.check(tasks) })
            #expect("\(error)".contains("line 2: ") && "\(error)".contains(problem), "\(error)")
        }
        // Such a schema is valid, but nothing can be written under it.
        let tasks = try lines(#"{"prompt": "a", "answer": "b", "schema": {}}"#).tasks()
        try examiner.check(tasks)
        let error = try #require(
            #expect(throws: EvaluationError.self) {
                try examiner.answers(to: tasks, adapter: nil, isCancelled: { false }) { _, _ in }
            })
        #expect("\(error)".contains("line 1: schema, at #"), "\(error)")
    }

    @Test("a baseline that was measured on other tokens is refused")
    func baseline() throws {
        let path = try file(#"{"english": {"tokens": 7, "five_gram_perplexity": 80.5}}"#)
        defer { unlink(path) }
        let baseline = try ScribeBaseline(path: path)
        #expect(try baseline.perplexity(of: "english", tokenCount: 7) == 80.5)
        #expect(try baseline.perplexity(of: "code", tokenCount: 7) == nil)
        #expect(throws: EvaluationError.self) { try baseline.perplexity(of: "english", tokenCount: 8) }
        let list = try file("[]")
        defer { unlink(list) }
        let error = #expect(throws: EvaluationError.self) { try ScribeBaseline(path: list) }
        #expect(error == .noTestSet(path: list, reason: "it must be an object with an entry for each kind of text"))
    }

    @Test("text is foretold token by token, also over the edge of a window, and the tables say how well")
    func examiner() throws {
        let examiner = try ScribeExaminer(path: Oracles.committed + "/models/glm_edge")
        let text = String(repeating: "Hello world 12. ", count: 120)
        let short = try examiner.surprise(of: ["Hello", ""], isCancelled: { false }) { _, _ in }
        let long = try examiner.surprise(of: [text], isCancelled: { false }) { _, _ in }
        let tokenizer = try #require(try ModelLoader().load(path: Oracles.committed + "/models/glm_edge").tokenizer)
        // The model has no token that begins a text, so the first is not foretold.
        #expect(short.tokenCount == tokenizer.encode("Hello", addSpecial: false).count - 1)
        let count = tokenizer.encode(text, addSpecial: false).count
        #expect(count > ScribeExaminer.windowLength && long.tokenCount == count - 1)
        // A model of random weights knows nothing.
        #expect(long.perplexity > 100 && long.perplexity.isFinite)
        let set = try lines(#"{"prompt": "<|user|>Hi<|assistant|>", "answer": "x", "schema": \#(schema), "expected": {"n": 5}}"#)
        let scores = try examiner.answers(to: try set.tasks(), adapter: nil, isCancelled: { false }) { _, _ in }
        #expect(scores.exact.expected == 1 && scores.wellFormed.recall == 1)
        // A prompt of more tokens than are read at once, for which the small model has no room.
        let reader = try ScribeExaminer(path: "builtin:scribe")
        let words = try #require(try ModelLoader().load(path: "builtin:scribe").tokenizer)
        let prompt = String(repeating: "Hello world 12. ", count: 100)
        let behind = try lines(#"{"prompt": "\#(prompt)", "answer": "x"}"#).tasks()
        let answered = try reader.answers(to: behind, adapter: nil, isCancelled: { false }) { _, _ in }
        #expect(words.encode(prompt, addSpecial: false).count > TextModel.chunkLength)
        #expect(answered.surprise.tokenCount == words.encode("x", addSpecial: false).count + 1)
        #expect(answered.surprise.nats.isFinite)
        let report = ScribeReport(
            domains: [ScribeReport.Domain(name: "english", surprise: long, fiveGram: 2 * long.perplexity)],
            tasks: [ScribeReport.Task(name: "tools", base: scores, adapted: nil)])
        #expect(report.markdown.contains("| english | \(count - 1) |") && report.markdown.contains("| 50.0 % |"))
        #expect(report.markdown.contains("| tools | 1 | 1.00 | – |"))
        #expect(report.value["text"]?["english"]?["below_five_gram"]?.double.map { abs($0 - 0.5) < 1e-9 } == true)
        #expect(report.headlines.contains { $0.name == "english: perplexity" && $0.measure == .amount })
    }

    @Test("a model that writes no text of its own is refused")
    func unsuitable() {
        #expect(throws: EvaluationError.self) { try ScribeExaminer(path: Oracles.committed + "/models/hearth") }
        #expect(throws: EvaluationError.self) { try ScribeExaminer.check(path: Oracles.committed + "/models/hearth") }
    }

    private func error(_ text: String, _ read: (ScribeTestSet) throws -> Any) throws -> EvaluationError {
        try #require(#expect(throws: EvaluationError.self) { _ = try read(try lines(text)) })
    }

    private func lines(_ text: String) throws -> ScribeTestSet {
        let path = try file(text)
        defer { unlink(path) }
        return try ScribeTestSet(path: path)
    }

    private func file(_ text: String) throws -> String {
        var template = Array("/tmp/millrace-scribe-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
