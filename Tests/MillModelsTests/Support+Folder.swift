import Glibc
import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import MillWeights
import Testing

/// A new empty folder that is gone with its files once `body` has returned.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    var template = Array("/tmp/millrace-models-XXXXXX".utf8CString)
    let folder = String(cString: try #require(mkdtemp(&template)))
    defer {
        for name in (try? Oracles.list(folder)) ?? [] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }
    return try body(folder)
}

func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

func write(_ bytes: [UInt8], to path: String) throws {
    let file = try #require(fopen(path, "w"))
    defer { fclose(file) }
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
}

/// Copies the files of a committed case, so that a test can change them.
func copyCase(_ name: String, to folder: String) throws {
    let source = try Oracles.committed("models/\(name)")
    for file in try Oracles.list(source) { try write(try Oracles.bytes("\(source)/\(file)"), to: "\(folder)/\(file)") }
}

extension TextModel {
    /// The text model in a folder or file, computing exactly in F32 unless told otherwise.
    static func load(_ path: String, _ activations: Compute.Activations = .float32) throws -> TextModel {
        let loader = ModelLoader(compute: Compute(.shared, activations: activations))
        let network = try loader.load(path: path, tokenizer: false).network
        let model: TextModel? = if case .text(let model) = network { model } else { nil }
        return try #require(model)
    }

    /// The scores after each token of a prompt.
    func logits(_ prompt: [Int32], adapter: LoRAAdapter? = nil) throws -> [Float] {
        let logits = try Tensor.allocate(.f32, [prompt.count, vocabularySize])
        try forward([(prompt, try makeCache(capacity: prompt.count, adapter: adapter))], into: logits)
        return try logits.floats()
    }
}

/// The prompts of an oracle's case, by name.
func prompts(of folder: String) throws -> [String: [Int32]] {
    let inputs = try SafetensorsFile(path: "\(folder)/inputs.safetensors")
    return try Dictionary(
        uniqueKeysWithValues: inputs.names.map { name in
            (String(name.prefix { $0 != "." }), try inputs.integers(name).map { Int32($0) })
        })
}

/// A picture with something to see in it, U8 `[height, width, 3]`.
func pixels(_ width: Int, _ height: Int) throws -> Tensor {
    let tensor = try Tensor.allocate(.u8, [height, width, 3])
    let bytes = try #require(tensor.mutablePointer?.assumingMemoryBound(to: UInt8.self))
    for index in 0..<tensor.elementCount { bytes[index] = UInt8(truncatingIfNeeded: index &* 37 &+ index / 11) }
    return tensor
}
