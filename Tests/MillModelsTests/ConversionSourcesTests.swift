import Glibc
import MillModels
import MillTensor
import MillTestSupport
import MillWeights
import Testing

@Suite("The files that conversions read")
struct ConversionSourcesTests {
    private static let llama = Oracles.committed + "/models/llama_rope3"

    /// Both parts of a model, as `gguf-split` names them.
    private func split(_ file: GGUFFile, in folder: String) throws -> [String] {
        let half = file.names.count / 2
        var paths: [String] = []
        for (index, names) in [file.names.prefix(half), file.names.dropFirst(half)].enumerated() {
            var writer = GGUFWriter()
            if index == 0 { writer.copyMetadata(of: file) }
            writer.set("split.no", integer: index)
            writer.set("split.count", integer: 2)
            writer.set("split.tensors.count", integer: file.names.count)
            for name in names { try writer.add(name, try file.tensor(name)) }
            paths.append("\(folder)/s-0000\(index + 1)-of-00002.gguf")
            try writer.write(to: paths[index])
        }
        return paths
    }

    private func refusal(_ body: () throws -> Void) throws -> String {
        "\(try #require(#expect(throws: ModelError.self) { try body() }))"
    }

    @Test("no part of a split model, no adapter and no file of either is written over, under whatever name")
    func kept() throws {
        try withTemporaryFolder { folder in
            let whole = "\(folder)/whole.gguf"
            try ModelConverter(folder: Self.llama).write(to: whole, precision: .f32)
            let parts = try split(try GGUFFile(path: whole), in: folder)
            let before = try parts.map { try Oracles.bytes($0) }
            #expect(link(parts[1], "\(folder)/hard.gguf") == 0 && symlink(parts[1], "\(folder)/soft.gguf") == 0)
            let converter = try ModelConverter(folder: parts[0])
            #expect(converter.sourcePaths == parts)
            for output in [parts[0], parts[1], "\(folder)/hard.gguf", "\(folder)/soft.gguf"] {
                let message = try refusal { try converter.write(to: output, precision: .q8) }
                #expect(message.contains("of the model that is converted; choose another name"), "\(message)")
            }
            #expect(try parts.map { try Oracles.bytes($0) } == before)
            let adapter = "\(folder)/adapter.gguf"
            try write(try Oracles.bytes(Oracles.committed + "/models/llama_lora/adapter.gguf"), to: adapter)
            let merger = try ModelConverter(folder: whole, adapters: [.init(path: adapter)])
            #expect(try refusal { try merger.write(to: adapter, precision: .f16) }.contains("of an adapter that is merged"))
            // A source in the place where an unfinished file is made.
            #expect(rename(adapter, "\(folder)/x.gguf.part") == 0)
            let unfinished = try ModelConverter(folder: whole, adapters: [.init(path: "\(folder)/x.gguf.part")])
            #expect(try refusal { try unfinished.write(to: "\(folder)/x.gguf", precision: .f16) }.contains("x.gguf.part, where"))
            #expect(try converter.write(to: "\(folder)/new.gguf", precision: .q8))
        }
    }

    @Test("what was begun from a folder with one GGUF file, or from two parts, does not go on with another model's")
    func changed() throws {
        try withTemporaryFolder { folder in
            let whole = "\(folder)/whole.gguf"
            try ModelConverter(folder: Self.llama).write(to: whole, precision: .f32)
            let parts = try split(try GGUFFile(path: whole), in: folder)
            var options = ModelConverter.Options(precision: .q8)
            options.isResumable = true
            let output = "/tmp/millrace-resumed-\(getpid()).gguf"
            defer { for end in ["", ".part", ".part.log"] { unlink(output + end) } }
            /// Converts the folder's model until three pieces are done, and then on, after a change.
            func run(_ path: String, changing file: String, to bytes: [UInt8]?) throws {
                options.isResuming = false
                var count = 0
                let isWhole = try ModelConverter(folder: path).write(to: output, options, isCancelled: { count > 3 }) { _ in
                    count += 1
                }
                #expect(!isWhole)
                if let bytes {
                    try write(bytes, to: file)
                    // Another time of change, however fast the machine is.
                    #expect(
                        utimensat(AT_FDCWD, file, [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)], 0) == 0)
                }
                options.isResuming = true
                try ModelConverter(folder: path).write(to: output, options)
            }
            let second = try Oracles.bytes(parts[1])
            #expect(try refusal { try run(parts[0], changing: parts[1], to: second) }.contains("another source"))
            try run(parts[0], changing: parts[1], to: nil)
            for part in parts { unlink(part) }
            let message = try refusal { try run(folder, changing: whole, to: try Oracles.bytes(whole)) }
            #expect(message.contains("another source"), "\(message)")
            try run(folder, changing: whole, to: nil)
        }
    }
}
