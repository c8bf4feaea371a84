import MillInference
import MillTensor
import Testing

@Suite("Choosing tokens")
struct SamplerTests {
    private let scores: [Float] = [1, 4, 2, 3.5, -1, 4, 0, .nan]

    private func draws(_ sampling: Sampling, mask: [Int32]? = nil, count: Int = 400) throws -> [Int32] {
        let logits = try Tensor(scores, shape: [scores.count])
        var allowed: TokenMask?
        if let mask {
            var set = TokenMask(vocabularySize: scores.count)
            for token in mask { set.insert(token) }
            allowed = set
        }
        var sampler = try Sampler(sampling)
        let tokens = (0..<count).compactMap { _ in sampler.choose(logits, allowed) }
        #expect(tokens.count == count)
        return tokens
    }

    @Test("greedy takes the likeliest token, the first of equals, and never one without a score")
    func greedy() throws {
        #expect(try draws(.greedy, count: 1) == [1])
        #expect(try draws(.greedy, mask: [0, 2, 3, 7], count: 1) == [3])
    }

    @Test("the same seed draws the same tokens, another seed others")
    func seeds() throws {
        let first = try draws(Sampling(temperature: 1, seed: 7))
        #expect(try draws(Sampling(temperature: 1, seed: 7)) == first)
        #expect(try draws(Sampling(temperature: 1, seed: 8)) != first)
    }

    @Test("tokens are drawn as often as their probability says")
    func frequencies() throws {
        let tokens = try draws(Sampling(temperature: 1, seed: 3), mask: [0, 2], count: 20_000)
        let share = Double(tokens.count { $0 == 2 }) / 20_000
        #expect(abs(share - 0.731) < 0.015)
    }

    @Test("top-k, top-p and min-p leave only their candidates")
    func filters() throws {
        #expect(Set(try draws(Sampling(temperature: 5, topK: 3))) == [1, 5, 3])
        #expect(Set(try draws(Sampling(temperature: 1, minP: 0.5))) == [1, 5, 3])
        #expect(Set(try draws(Sampling(temperature: 1, topP: 0.5))) == [1, 5])
        #expect(Set(try draws(Sampling(temperature: 0.01, topP: 0.99))) == [1, 5])
    }

    @Test("only allowed tokens are drawn")
    func mask() throws { #expect(Set(try draws(Sampling(temperature: 10, seed: 1), mask: [0, 6])) == [0, 6]) }

    @Test("the likeliest admitted token is the one that a mask of the admitted tokens gives")
    func withoutMask() throws {
        let logits = try Tensor(scores, shape: [scores.count])
        for mask in [[0, 1, 5], [5, 2], [3, 6, 7], [4], [7]] as [[Int32]] {
            let expected = mask == [7] ? nil : try draws(.greedy, mask: mask, count: 1).first
            var sampler = try Sampler(.greedy)
            #expect(sampler.chooseLikeliest(logits) { mask.contains($0) } == expected)
        }
        var drawing = try Sampler(Sampling(temperature: 1))
        #expect(drawing.chooseLikeliest(logits) { _ in true } == nil)
    }

    @Test("scores of repeated tokens are divided by the penalty, or multiplied where they are below 0")
    func repeats() throws {
        let logits = try Tensor([4, 3, -1, -1.5], shape: [4])
        func greedy(_ sampling: Sampling, _ history: [Int32], mask: [Int32] = [0, 1, 2, 3]) throws -> Int32? {
            var (sampler, set) = (try Sampler(sampling, history: history), TokenMask(vocabularySize: 4))
            for token in mask { set.insert(token) }
            let token = sampler.choose(logits, set)
            #expect(sampler.chooseLikeliest(logits) { mask.contains($0) } == token)
            return token
        }
        #expect(try greedy(Sampling(repeatPenalty: 1), [0]) == 0)
        #expect(try greedy(Sampling(repeatPenalty: 1.3), [0]) == 0)
        #expect(try greedy(Sampling(repeatPenalty: 1.4), [0]) == 1)
        #expect(try greedy(Sampling(repeatPenalty: 2), [0, 1, -1, 99]) == 0)
        #expect(try greedy(Sampling(repeatPenalty: 2), [2], mask: [2, 3]) == 3)
        // What a sampler lowers is its own.
        #expect(try logits.floats() == [4, 3, -1, -1.5])
    }

    @Test("the window says how many of the last tokens are lowered, and what is chosen joins them")
    func window() throws {
        let logits = try Tensor([4, 3.5, 3, 2.5], shape: [4])
        func written(_ window: Int, count: Int) throws -> [Int32] {
            var sampler = try Sampler(Sampling(repeatPenalty: 10, repeatWindow: window), history: [])
            return (0..<count).compactMap { _ in
                let token = sampler.choose(logits, nil)
                if let token { sampler.note(token) }
                return token
            }
        }
        #expect(try written(1, count: 6) == [0, 1, 0, 1, 0, 1])
        #expect(try written(2, count: 7) == [0, 1, 2, 0, 1, 2, 0])
        #expect(try written(0, count: 5) == [0, 1, 2, 3, 0])
    }

    @Test("scores that are all NaN choose nothing", arguments: [Float(0), 1])
    func broken(temperature: Float) throws {
        var sampler = try Sampler(Sampling(temperature: temperature))
        let token = sampler.choose(try Tensor([.nan, .nan], shape: [2]), nil)
        #expect(token == nil)
    }

    @Test(
        "parameters outside their range are refused by name",
        arguments: [
            ("temperature", Sampling(temperature: -1)), ("top_k", Sampling(topK: -1)), ("top_p", Sampling(topP: 0)),
            ("min_p", Sampling(minP: 2)), ("repeat_penalty", Sampling(repeatPenalty: 0)),
            ("repeat_window", Sampling(repeatWindow: -1)),
        ])
    func ranges(name: String, sampling: Sampling) throws {
        let error = #expect(throws: InferenceError.self) { try Sampler(sampling) }
        #expect("\(try #require(error))".contains(name))
    }
}
