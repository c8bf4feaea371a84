import Glibc
import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import MillTokenizer
import MillValue
import MillWeights
import Testing

private let scribe = Oracles.committed + "/../../samples/models/scribe"
private let isScribeShipped = access(scribe + "/model.safetensors", R_OK) == 0

@Suite("The scribe that comes with Millrace", .enabled(if: isScribeShipped))
struct ShippedScribeTests {
    private static let kinds = ["english", "chinese", "tools"]

    @Test("builtin:scribe is the master, and small enough for a single board")
    func builtin() throws {
        let model = try ModelLoader().load(path: "builtin:scribe")
        #expect(model.description.family == "llama")
        #expect(model.description.weightByteCount < 24 << 20)
    }

    @Test("the master has the logits of the reference in Python, to a thousandth", arguments: kinds)
    func reference(kind: String) throws {
        let file = try SafetensorsFile(path: "\(scribe)/test/logits.safetensors")
        let wanted = try file.tensor("\(kind).logits").floats()
        let found = try TextModel.load(scribe).logits(try file.integers("\(kind).input_ids").map { Int32($0) })
        #expect(!wanted.isEmpty && found.count >= wanted.count)
        #expect(zip(found.suffix(wanted.count), wanted).allSatisfy { abs($0 - $1) < 1e-3 })
    }

    @Test("8-bit activations say what exact ones say", arguments: kinds)
    func precision(kind: String) throws {
        let tokens = try SafetensorsFile(path: "\(scribe)/test/logits.safetensors").integers("\(kind).input_ids").map {
            Int32($0)
        }
        let (exact, fast) = (try TextModel.load(scribe).logits(tokens), try TextModel.load(scribe, .int8).logits(tokens))
        #expect(nmse(fast, exact) < 3e-3)
    }

    @Test("each adapter fits the master and changes what it says", arguments: ["chat", "code", "tools"])
    func adapters(name: String) throws {
        let model = try TextModel.load(scribe)
        let adapter = try LoRAAdapter(path: "\(scribe)/adapters/\(name)", for: model)
        #expect(adapter.rank == 16 && adapter.changeCount == 7 * 6)
        let tokens: [Int32] = [0, 300, 301, 302, 303]
        #expect(nmse(try model.logits(tokens, adapter: adapter), try model.logits(tokens)) > 1e-4)
    }

    @Test("the tokenizer cuts the test sets as that of the 5-gram baseline did")
    func tokens() throws {
        let tokenizer = try #require(try ModelLoader().load(path: scribe).tokenizer)
        let baseline = try #require(try JSON.parse(bytes: Storage.map(path: "\(scribe)/test/baseline.json").bytes).map)
        #expect(!baseline.isEmpty)
        for (kind, entry) in baseline {
            let lines = String(decoding: try Oracles.bytes("\(scribe)/test/perplexity-\(kind).jsonl"), as: UTF8.self)
            let count = try lines.split(separator: "\n").reduce(0) { sum, line in
                let text = try #require(try JSON.parse(String(line))["text"]?.string)
                return sum + tokenizer.encode(text, addSpecial: false, parseSpecial: true).count
            }
            #expect(entry["tokens"]?.int == count, "\(kind)")
        }
    }
}
