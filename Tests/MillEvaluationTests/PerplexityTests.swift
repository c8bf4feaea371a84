import Glibc
import MillCompute
import MillEvaluation
import MillModels
import MillTensor
import MillTestSupport
import MillTokenizer
import MillWeights
import Testing

@Suite("Perplexity")
struct PerplexityTests {
    private static let scribe = Oracles.committed + "/../../samples/models/scribe"
    private static let text = """
        The millrace leads water from the river to the wheel. A gate at its upper end lets the miller choose how much of it \
        comes, and another one at the wheel turns it aside when the mill is to stand still. In dry summers the pond behind the \
        weir is filled at night, so that there is work for the day; in wet ones the water runs over the weir by itself, and the \
        wheel turns too fast for the stones. def main(): print("hello") 水车转动磨石。
        """

    /// e to the mean of -ln p of the rows `first ..< n`, in F64 from all scores.
    private func reference(_ scores: [Float], _ width: Int, _ tokens: [Int32], from first: Int) -> (nats: Double, count: Int) {
        var nats = 0.0
        for index in first..<tokens.count {
            let row = scores[(index - 1) * width..<index * width].map(Double.init)
            let largest = row.max() ?? 0
            nats += log(row.reduce(0) { $0 + exp($1 - largest) }) + largest - row[Int(tokens[index])]
        }
        return (nats, tokens.count - first)
    }

    @Test("the nats of a prompt are those of the scores that transformers gives", arguments: ["glm_edge", "llama_rope3"])
    func oracle(name: String) throws {
        let folder = try Oracles.committed("models/\(name)")
        let loader = ModelLoader(compute: Compute(.shared, activations: .float32))
        let model = try #require(try loader.load(path: folder, tokenizer: false).network.text)
        let (inputs, expected) = (
            try SafetensorsFile(path: "\(folder)/inputs.safetensors"), try SafetensorsFile(path: "\(folder)/expected.safetensors")
        )
        for input in inputs.names {
            let tokens = try inputs.integers(input).map { Int32($0) }
            guard let logits = try expected.optionalTensor("\(input.prefix { $0 != "." }).logits") else { continue }
            for first in [1, tokens.count / 2 + 1] where first < tokens.count {
                let wanted = reference(try logits.floats(), model.vocabularySize, tokens, from: first)
                let sum = try TextScorer(model).surprise(tokens, from: first)
                #expect(sum.tokenCount == wanted.count)
                #expect(abs(sum.nats - wanted.nats) < 1e-4 * wanted.nats, "\(input): \(sum.nats), \(wanted.nats)")
            }
        }
    }

    @Test("the second half of each window counts, or its last tokens with a stride", arguments: [nil, 10, 25] as [Int?])
    func windows(stride: Int?) throws {
        let loaded = try ModelLoader(compute: Compute(.shared, activations: .float32)).load(path: Self.scribe)
        let (model, tokenizer) = (try #require(loaded.network.text), try #require(loaded.tokenizer))
        let length = 40
        let report = try Perplexity.measure(loaded, Self.text, path: "text", length: length, stride: stride)
        // The same once more, step by step.
        let all = tokenizer.encode(Self.text, addSpecial: true)
        var (nats, count, start, windowCount) = (0.0, 0, 0, 0)
        while stride == nil ? start + length <= all.count : start + length < all.count {
            var window = Array(all[start..<start + length])
            if let begin = tokenizer.prefixIDs.first { window[0] = begin }
            let scores = try Tensor.allocate(.f32, [length, model.vocabularySize])
            try model.forward([(window, try model.makeCache(capacity: length))], into: scores)
            let first = stride.map { length - $0 } ?? length / 2 + 1
            let part = reference(try scores.floats(), model.vocabularySize, window, from: first)
            (nats, count) = (nats + part.nats, count + part.count)
            (start, windowCount) = (start + (stride ?? length), windowCount + 1)
        }
        try #require(windowCount > 2)
        #expect(report.windowCount == windowCount && report.countedCount == count && report.tokenCount == all.count)
        #expect(count == windowCount * (stride ?? length / 2 - 1))
        let wanted = exp(nats / Double(count))
        #expect(abs(report.perplexity - wanted) < 1e-4 * wanted, "\(report.perplexity), \(wanted)")
        #expect(report.deviation > 0 && report.deviation < report.perplexity)
    }

    @Test("texts and windows that cannot be measured are refused, and a wish to stop is met")
    func refused() throws {
        let loaded = try ModelLoader().load(path: Self.scribe)
        func error(_ text: String, _ length: Int, _ stride: Int? = nil) -> String {
            let error = #expect(throws: EvaluationError.self) {
                try Perplexity.measure(loaded, text, path: "a.txt", length: length, stride: stride)
            }
            return error.map { "\($0)" } ?? ""
        }
        #expect(error("one two three", 64).contains("a.txt: the text has"))
        #expect(error(Self.text, 1 << 20).contains("longer than the model's context"))
        #expect(error(Self.text, 16, 16).contains("a stride is less"))
        #expect(throws: EvaluationError.self) {
            try Perplexity.measure(try ModelLoader().load(path: Oracles.committed("models/bert")), Self.text, path: "a.txt")
        }
        #expect(throws: CancellationError.self) {
            try Perplexity.measure(loaded, Self.text, path: "a.txt", length: 16, isCancelled: { true })
        }
    }
}
