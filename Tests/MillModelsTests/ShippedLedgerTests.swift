import Glibc
import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import MillWeights
import Testing

private let samples = Oracles.committed + "/../../samples"
private let isLedgerShipped = access(samples + "/models/ledger.gguf", R_OK) == 0

/// `samples/models` holds ledger twice: quantized to 8 bits as it is used, and its F16 master.
@Suite("The ledger that comes with Millrace", .enabled(if: isLedgerShipped))
struct ShippedLedgerTests {
    private func ledger(_ path: String, _ activations: Compute.Activations) throws -> LedgerModel {
        let network = try ModelLoader(compute: Compute(.shared, activations: activations)).load(path: path).network
        let model: LedgerModel? = if case .ledger(let model) = network { model } else { nil }
        return try #require(model)
    }

    private func report(_ name: String) throws -> String {
        let marked = try String(decoding: Oracles.bytes("\(samples)/models/ledger/test/handwritten/\(name).txt"), as: UTF8.self)
        return marked.replacing(/\{[a-z]+[0-9,]*\|([^{}|]*)\}/) { $0.1 }
    }

    @Test("builtin:ledger is the quantized file, and small enough for a single board")
    func builtin() throws {
        #expect(try ModelLocation.resolve("builtin:ledger").hasSuffix("models/ledger.gguf"))
        let model = try ModelLoader().load(path: "builtin:ledger")
        #expect(model.description.family == "ledger")
        #expect(model.description.weightByteCount < 12 << 20)
    }

    @Test("the F16 master has the logits of the reference in Python, to a thousandth")
    func reference() throws {
        let expected = try SafetensorsFile(path: "\(samples)/models/ledger/test/logits.safetensors")
        let model = try ledger("\(samples)/models/ledger", .float32)
        for name in ["en-01", "zh-01"] {
            var logits: [String: [Float]] = [:]
            try model.forward(report(name)) { step, rows in
                if step == "tags" || step == "kinds" { logits[step, default: []] += try rows.floats() }
            }
            for step in ["tags", "kinds"] {
                let wanted = try expected.tensor("\(name).\(step)").floats()
                let found = try #require(logits[step])
                #expect(found.count == wanted.count)
                #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-3 }, "\(name) \(step)")
            }
        }
    }

    @Test("8-bit weights and activations read what the F16 master reads")
    func precision() throws {
        let exact = try ledger("\(samples)/models/ledger", .float32)
        let fast = try ledger("builtin:ledger", .int8)
        var (wanted, found): (Set<LedgerEntity>, Set<LedgerEntity>) = ([], [])
        for name in ["en-01", "en-02", "en-03", "zh-01", "zh-02", "zh-03"] {
            let text = try report(name)
            wanted.formUnion(try exact.read(text).entities)
            found.formUnion(try fast.read(text).entities)
        }
        #expect(wanted.count > 60)
        #expect(Double(found.symmetricDifference(wanted).count) < 0.05 * Double(wanted.count))
    }

    @Test("the quantized file is what models convert makes of the master")
    func converted() throws {
        var template = Array("/tmp/millrace-ledger-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        let path = "\(folder)/ledger.gguf"
        defer {
            unlink(path)
            rmdir(folder)
        }
        try ModelConverter(folder: "\(samples)/models/ledger").write(to: path, precision: .q8)
        #expect(try Oracles.bytes(path) == Oracles.bytes("\(samples)/models/ledger.gguf"))
    }
}
