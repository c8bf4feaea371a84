import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("Damaged and hostile weight files")
struct MalformedFileTests {
    struct Case: CustomTestStringConvertible {
        let path: String
        let isAccepted: Bool
        let why: String
        var testDescription: String { "\(path.split(separator: "/").last ?? ""): \(why)" }
    }

    /// What is wrong only for a model of that architecture is refused by the model's loader.
    static let modelRules: Set<String> = [
        "heads_zero.gguf", "embedding_mismatch.gguf", "layers_huge.gguf", "tensor_missing.gguf", "heads_zero_hf",
        "shape_mismatch_hf", "layers_missing_hf",
    ]

    static func cases(_ kind: String) throws -> [Case] {
        let folder = try Oracles.path("malformed")
        let list = try #require(Oracles.json("\(folder)/cases.json").list)
        return list.compactMap { entry in
            guard entry["kind"]?.string == kind, let file = entry["file"]?.string, !modelRules.contains(file) else { return nil }
            return Case(
                path: "\(folder)/\(file)", isAccepted: entry["expect"]?.string == "accept", why: entry["why"]?.string ?? "")
        }
    }

    @Test("a GGUF file is refused with its name and the place, or accepted", arguments: try cases("gguf"))
    func gguf(_ file: Case) throws {
        try check(file) {
            let source = try GGUFFile(path: file.path)
            _ = try source.architecture
            return source
        }
    }

    @Test("a safetensors file is refused with its name and the place, or accepted", arguments: try cases("safetensors"))
    func safetensors(_ file: Case) throws {
        try check(file) { try SafetensorsFile(path: file.path) }
    }

    @Test("a model folder's index stays inside the folder and names files that are there", arguments: try cases("hf_dir"))
    func folder(_ file: Case) throws {
        try check(file) { try SafetensorsFile(path: file.path) }
    }

    @Test("a file that does not begin as GGUF is another kind of file; one that begins so and ends is damaged")
    func otherKind() throws {
        let other = try Oracles.path("malformed/ok_padded.safetensors")
        #expect(throws: WeightsError.notGGUF(path: other)) { try GGUFFile(path: other) }
        let cut = try #require(throws: WeightsError.self) { try GGUFFile(path: try Oracles.path("malformed/header_cut.gguf")) }
        #expect(cut.description.contains("is damaged at byte"))
    }

    private func check(_ file: Case, _ open: () throws -> any WeightSource) throws {
        let clock = ContinuousClock()
        let start = clock.now
        if file.isAccepted {
            let source = try open()
            for name in source.names { _ = try source.tensor(name).byteCount }
        } else {
            let error = try #require(throws: WeightsError.self) { _ = try open() }
            #expect(error.description.contains(file.path))
        }
        #expect(clock.now - start < .seconds(2))
    }
}
