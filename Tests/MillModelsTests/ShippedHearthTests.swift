import Glibc
import MillCompute
import MillImage
import MillModels
import MillTensor
import MillTestSupport
import MillTokenizer
import Testing

private let samples = Oracles.committed + "/../../samples"
private let isHearthShipped = access(samples + "/models/hearth.gguf", R_OK) == 0

/// `samples/models` holds hearth twice: quantized to 8 bits as it is used, and its F16 master.
@Suite("The hearth that comes with Millrace", .enabled(if: isHearthShipped))
struct ShippedHearthTests {
    private func hearth(_ path: String, _ activations: Compute.Activations) throws -> LoadedModel {
        try ModelLoader(compute: Compute(.shared, activations: activations)).load(path: path)
    }

    @Test("builtin:hearth is the quantized file, and small enough for a single board")
    func builtin() throws {
        #expect(try ModelLocation.resolve("builtin:hearth").hasSuffix("models/hearth.gguf"))
        let model = try hearth("builtin:hearth", .int8)
        #expect(model.description.family == "hearth")
        #expect(model.description.weightByteCount < 12_000_000)
        let tokenizer = try #require(model.tokenizer)
        #expect(try tokenizer.vocabularySize <= #require(model.network.language).vocabularySize)
    }

    @Test("8-bit weights and activations see what the F16 master sees")
    func precision() throws {
        let master = try hearth("\(samples)/models/hearth", .float32)
        let quantized = try hearth("builtin:hearth", .int8)
        guard case .hearth(let exact) = master.network, case .hearth(let fast) = quantized.network else {
            throw ModelError.misuse("the files hold no hearth models")
        }
        for name in ["04-someone-stands.png", "06-reading.jpg", "15-lamp-on.jpg", "18-television.jpg"] {
            let bytes = try Storage.map(path: "\(samples)/home/\(name)")
            let file = try Tensor(storage: bytes, dtype: .u8, shape: [bytes.byteCount])
            let pixels = try ImageDecoder.decode(file).pixels
            let (expected, actual) = (try exact.encode(pixels), try fast.encode(pixels))
            #expect(nmse(try actual.tokens.floats(), try expected.tokens.floats()) < 3e-3, "\(name)")
            #expect(nmse(try actual.classLogits.floats(), try expected.classLogits.floats()) < 3e-3, "\(name)")
            let (seen, wanted) = (try #require(actual.slots.first), try #require(expected.slots.first))
            #expect(seen.item == wanted.item && seen.box.cover(of: wanted.box) > 0.9, "\(name)")
        }
    }

    @Test("the quantized file is what models convert makes of the master")
    func converted() throws {
        var template = Array("/tmp/millrace-hearth-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        let path = "\(folder)/hearth.gguf"
        defer {
            unlink(path)
            rmdir(folder)
        }
        try ModelConverter(folder: "\(samples)/models/hearth").write(to: path, precision: .q8)
        #expect(try Oracles.bytes(path) == Oracles.bytes("\(samples)/models/hearth.gguf"))
    }
}
