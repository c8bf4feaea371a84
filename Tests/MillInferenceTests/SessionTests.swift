import Glibc
import MillInference
import MillModels
import MillTensor
import MillTestSupport
import MillValue
import Synchronization
import Testing

@Suite("Sessions")
struct SessionTests {
    private let clock = ManualClock()

    private func host(_ name: String = "gguf/glm_edge/glm_edge-Q8_0.gguf") throws -> ModelHost {
        ModelHost(try ModelLoader().load(path: Oracles.committed(name)), clock: clock)
    }

    private let prompt: [Int32] = [54, 142, 109, 197, 137]

    @Test("a limit of tokens beyond every sequence, and one below zero, end in an answer")
    func extremeLimits() throws {
        let all = try host().generate(
            prompt, GenerationOptions(tokenLimit: .max, deadline: .seconds(2))
        ) { _ in clock.advance(by: .milliseconds(200)) }
        #expect(all.stopReason != .tokenLimit && !all.tokens.isEmpty)
        let none = try host().generate(prompt, GenerationOptions(tokenLimit: -1))
        #expect(none.tokens.count <= 1 && none.stopReason == .tokenLimit)
    }

    @Test("an answer stops at the token limit, and its pieces make up the text")
    func tokenLimit() throws {
        let pieces = Mutex("")
        let answer = try host().generate(prompt, GenerationOptions(tokenLimit: 12)) { piece in
            pieces.withLock { $0 += piece }
        }
        #expect(answer.tokens.count == 12)
        #expect(answer.stopReason == .tokenLimit)
        #expect(!answer.isFinished)
        #expect(answer.promptTokenCount == 5)
        #expect(pieces.withLock { $0 } == answer.text)
    }

    @Test("a stop token ends the answer and is no part of it")
    func stopToken() throws {
        let host = try host()
        let whole = try host.generate(prompt, GenerationOptions(tokenLimit: 12))
        let stop = whole.tokens[6]
        let first = try #require(whole.tokens.firstIndex(of: stop))
        let answer = try host.generate(prompt, GenerationOptions(tokenLimit: 12, stopTokens: [stop]))
        #expect(answer.stopReason == .endToken)
        #expect(answer.tokens == Array(whole.tokens[..<first]))
    }

    @Test("a folder's answer ends at what generation_config.json names, one token or several", arguments: [false, true])
    func endOfFolder(isList: Bool) throws {
        let whole = try host("models/glm_edge").generate(prompt, GenerationOptions(tokenLimit: 12))
        let end = whole.tokens[6]
        let first = try #require(whole.tokens.firstIndex(of: end))
        let folder = "/tmp/millrace-ends-\(getpid())-\(isList)"
        defer { _ = system("rm -rf '\(folder)'") }
        try #require(system("cp -r '\(try Oracles.committed("models/glm_edge"))' '\(folder)'") == 0)
        let file = try #require(fopen("\(folder)/generation_config.json", "w"))
        fputs("{\"eos_token_id\": \(isList ? "[281, \(end)]" : "\(end)")}", file)
        fclose(file)
        let answer = try ModelHost(ModelLoader().load(path: folder)).generate(prompt, GenerationOptions(tokenLimit: 12))
        #expect(answer.stopReason == .endToken && answer.tokens == Array(whole.tokens[..<first]))
    }

    @Test("a deadline stops within one token")
    func deadline() throws {
        let count = Atomic(0)
        let answer = try host().generate(prompt, GenerationOptions(tokenLimit: 100, deadline: .seconds(2))) { _ in
            if count.wrappingAdd(1, ordering: .relaxed).newValue == 3 { clock.advance(by: .seconds(2)) }
        }
        #expect(answer.stopReason == .deadline)
        #expect(answer.tokens.count < 20)
        #expect(answer.decodeTime == .seconds(2))
    }

    @Test("cancelling stops within one token")
    func cancel() throws {
        let asked = Atomic(0)
        let answer = try host().generate(
            prompt, GenerationOptions(tokenLimit: 100), isCancelled: { asked.wrappingAdd(1, ordering: .relaxed).newValue > 5 })
        #expect(answer.stopReason == .cancelled)
        #expect(answer.tokens.count == 4)
    }

    @Test("a cancelled task gets what was written so far")
    func cancelledTask() async throws {
        let host = try host()
        let prompt = prompt
        let task = Task { try await host.generate(prompt, GenerationOptions(tokenLimit: 400)) }
        task.cancel()
        #expect(try await task.value.stopReason == .cancelled)
    }

    @Test("requests from many tasks are served one after the other with the same answers as alone")
    func concurrent() async throws {
        let host = try host()
        let prompts: [[Int32]] = (0..<12).map { [54, Int32(20 + $0), 109] }
        var alone: [[Int32]] = []
        for prompt in prompts { alone.append(try await host.generate(prompt, GenerationOptions(tokenLimit: 8)).tokens) }
        let together = try await withThrowingTaskGroup(of: (Int, [Int32]).self) { group in
            for (index, prompt) in prompts.enumerated() {
                group.addTask { (index, try await host.generate(prompt, GenerationOptions(tokenLimit: 8)).tokens) }
            }
            return try await group.reduce(into: [Int: [Int32]]()) { $0[$1.0] = $1.1 }
        }
        for (index, tokens) in alone.enumerated() { #expect(together[index] == tokens) }
    }

    @Test("an answer that fills the sequence says so")
    func contextFull() throws {
        let answer = try host().generate(prompt, GenerationOptions(tokenLimit: 100_000))
        #expect(answer.stopReason == .contextFull || answer.stopReason == .endToken)
    }

    @Test("a prompt that is longer than the sequence is refused with its whole length")
    func longPrompt() throws {
        let error = #expect(throws: InferenceError.self) { try host().generate([Int32](repeating: 54, count: 100_000)) }
        guard case .model(.contextFull(let capacity, let needed)) = error else {
            Issue.record("\(error as Any)")
            return
        }
        #expect(needed == 100_000 && capacity < needed)
    }

    @Test("what does not fit the model is refused")
    func unsuitable() throws {
        #expect(throws: InferenceError.self) { try host().generate([]) }
        #expect(throws: InferenceError.self) { try host().generate([100_000]) }
        #expect(throws: InferenceError.self) { try host().look(at: try Picture.pixels(width: 8, height: 8)) }
        #expect(throws: InferenceError.self) { try host("models/hearth").generate(prompt) }
        #expect(throws: InferenceError.self) { try host("models/hearth").look(at: try Tensor([1, 2], shape: [2])) }
    }

    @Test("a model without a tokenizer takes tokens and refuses instructions")
    func noTokenizer() throws {
        let host = try host("models/glm_bias")
        #expect(try host.generate(prompt, GenerationOptions(tokenLimit: 3)).tokens.count == 3)
        #expect(throws: InferenceError.self) { try host.prompt(instruction: "hello") }
    }
}
