import Glibc
import MillTensor
import MillTestSupport
import MillWeights
import Testing

@Suite("GGUF models in several files")
struct SplitGGUFTests {
    private func part(_ number: Int) throws -> String {
        try Oracles.committed("containers/gguf/tiny-0000\(number)-of-00003.gguf")
    }

    /// Copies of the parts in a folder, changed by `body`.
    private func withParts(_ body: (String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            for number in 1...3 { try write(Oracles.bytes(try part(number)), to: "\(folder)/tiny-0000\(number)-of-00003.gguf") }
            try body(folder)
        }
    }

    @Test("the first part opens all")
    func whole() throws {
        let file = try GGUFFile(path: try part(1))
        try expect(file, equals: try Oracles.committed("containers/gguf/expected.safetensors"))
        #expect(file.format == "GGUF, 3 parts")
        #expect(try file.architecture == "llama")
    }

    @Test("another part says which is the first")
    func other() throws {
        let message = try refusal { try GGUFFile(path: try part(2)) }
        #expect(message.contains("part 2 of 3") && message.contains("tiny-00001-of-00003.gguf"), "\(message)")
    }

    @Test("a part alone is no whole model, neither in memory nor under another name")
    func alone() throws {
        let bytes = try Oracles.bytes(try part(1))
        #expect(try refusal { try GGUFFile(storage: try MutationFuzzer.storage(bytes), path: "x.gguf") }.contains("part 1 of 3"))
        try withTemporaryFolder { folder in
            try write(bytes, to: "\(folder)/model.gguf")
            #expect(try refusal { try GGUFFile(path: "\(folder)/model.gguf") }.contains("NAME-00001-of-00003.gguf"))
        }
    }

    @Test("missing, foreign, exchanged and doubled parts are refused with their names")
    func inconsistent() throws {
        try withParts { folder in
            let (first, second, third) = (
                "\(folder)/tiny-00001-of-00003.gguf", "\(folder)/tiny-00002-of-00003.gguf", "\(folder)/tiny-00003-of-00003.gguf"
            )
            func message() throws -> String { try refusal { try GGUFFile(path: first) } }
            try write(Oracles.bytes(try part(2)), to: third)
            #expect(try message().contains("\(third): split.no"))
            try write(Oracles.bytes(try Oracles.committed("malformed/ok_min.gguf")), to: third)
            #expect(try message().contains("\(third): split.count"))
            try rewrite(third) { $0.set("split.tensors.count", integer: 6, .i32) }
            #expect(try message().contains("\(third): split.tensors.count"))
            try rewrite(third) { $0.set("general.architecture", "glm") }
            #expect(try message().contains("\(third): general.architecture"))
            try rewrite(third, names: ["blk.2.weight"]) { _ in }
            #expect(try message().contains("another part holds it"))
            try rewrite(third, names: []) { _ in }
            #expect(try message().contains("the parts hold 4"))
            #expect(remove(second) == 0)
            #expect(try message().contains(second))
        }
    }

    /// Writes the third part with other keys or names.
    private func rewrite(_ target: String, names: [String] = ["blk.4.weight"], _ change: (inout GGUFWriter) -> Void) throws {
        let expected = try SafetensorsFile(path: try Oracles.committed("containers/gguf/expected.safetensors"))
        var writer = GGUFWriter()
        writer.set("split.no", integer: 2, .u16)
        writer.set("split.count", integer: 3, .u16)
        writer.set("split.tensors.count", integer: 5, .i32)
        change(&writer)
        for name in names { try writer.add(name, try expected.tensor("blk.4.weight")) }
        try writer.write(to: target)
    }
}
