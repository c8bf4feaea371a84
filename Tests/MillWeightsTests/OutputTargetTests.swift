import Glibc
import MillTensor
import MillTestSupport
import MillWeights
import Testing

@Suite("Where weight files are written")
struct OutputTargetTests {
    private static func writer(_ names: String...) throws -> GGUFWriter {
        var writer = GGUFWriter()
        writer.set("general.architecture", "test")
        for name in names { try writer.add(name, try Tensor([1, 2, 3, 4], shape: [4])) }
        return writer
    }

    /// What is said of a path that must be refused.
    private static func refusal(_ path: String) throws -> String {
        let error = #expect(throws: WeightsError.self) { try Self.writer("x").write(to: path) }
        return "\(try #require(error))"
    }

    private static func status(_ path: String) throws -> stat {
        var status = stat()
        try #require(lstat(path, &status) == 0)
        return status
    }

    private static func withFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/millrace-output-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        defer {
            for name in (try? Oracles.list(folder)) ?? [] {
                unlink("\(folder)/\(name)")
                rmdir("\(folder)/\(name)")
            }
            rmdir(folder)
        }
        try body(folder)
    }

    private static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
        try #require(chmod(path, mode) == 0)
    }

    @Test("what is there and is no file is refused, and stays")
    func special() throws {
        try Self.withFolder { folder in
            try #require(mkfifo("\(folder)/pipe", 0o600) == 0)
            try #require(mkdir("\(folder)/folder", 0o700) == 0)
            try #require(symlink("pipe", "\(folder)/link") == 0)
            for name in ["pipe", "link"] { #expect(try Self.refusal("\(folder)/\(name)").contains("it is a pipe")) }
            for name in ["folder", "folder/"] { #expect(try Self.refusal("\(folder)/\(name)").contains("it is a folder")) }
            #expect(try Self.status("\(folder)/pipe").st_mode & S_IFMT == S_IFIFO)
            #expect(try Self.status("\(folder)/link").st_mode & S_IFMT == S_IFLNK)
            // Only root can make one.
            if mknod("\(folder)/device", S_IFCHR | 0o600, 0x103) == 0 {
                #expect(try Self.refusal("\(folder)/device").contains("it is a device"))
                #expect(try Self.status("\(folder)/device").st_mode & S_IFMT == S_IFCHR)
            }
            #expect(try Oracles.list(folder).allSatisfy { !$0.hasSuffix(".part") })
        }
    }

    @Test("through a link the file that it leads to is written, and the link stays; a link to nothing is refused")
    func links() throws {
        try Self.withFolder { folder in
            try Self.write("GGUF old", to: "\(folder)/real.gguf")
            try #require(symlink("real.gguf", "\(folder)/link.gguf") == 0)
            try #require(symlink("nowhere.gguf", "\(folder)/dangling.gguf") == 0)
            try Self.writer("x").write(to: "\(folder)/link.gguf")
            #expect(try Self.status("\(folder)/link.gguf").st_mode & S_IFMT == S_IFLNK)
            #expect(try GGUFFile(path: "\(folder)/real.gguf").names == ["x"])
            #expect(try Self.refusal("\(folder)/dangling.gguf").contains("a link to a file that does not exist"))
            #expect(try Oracles.list(folder) == ["dangling.gguf", "link.gguf", "real.gguf"])
        }
    }

    @Test("a file that is replaced keeps its permissions, and one that may only be read is not replaced")
    func permissions() throws {
        try Self.withFolder { folder in
            try Self.write("GGUF old", to: "\(folder)/shared.gguf", mode: 0o660)
            try Self.writer("x").write(to: "\(folder)/shared.gguf")
            #expect(try Self.status("\(folder)/shared.gguf").st_mode & 0o7777 == 0o660)
            try Self.write("GGUF old", to: "\(folder)/kept.gguf", mode: 0o444)
            #expect(try Self.refusal("\(folder)/kept.gguf").contains("may only be read"))
            #expect(try Oracles.bytes("\(folder)/kept.gguf") == Array("GGUF old".utf8))
        }
    }

    @Test("a file of another kind is not overwritten")
    func otherKind() throws {
        try Self.withFolder { folder in
            for content in ["precious", "GG", "{}"] {
                try Self.write(content, to: "\(folder)/config.json")
                #expect(try Self.refusal("\(folder)/config.json").contains("no GGUF file"))
                #expect(try Oracles.bytes("\(folder)/config.json") == Array(content.utf8))
            }
            try Self.write("", to: "\(folder)/empty")
            try Self.writer("x").write(to: "\(folder)/empty")
        }
    }

    @Test("messages name the path that was asked for and the folder that is missing")
    func messages() throws {
        try Self.withFolder { folder in
            let missing = "\(folder)/missing"
            #expect(
                try Self.refusal("\(missing)/x.gguf") == "cannot write \(missing)/x.gguf: the folder \(missing) does not exist")
            #expect(try Self.refusal("\(missing)/").contains("the folder \(missing) does not exist"))
            #expect(try Self.refusal("").contains("the file has no name"))
            try Self.write("a file", to: "\(folder)/file")
            #expect(try Self.refusal("\(folder)/file/x.gguf").contains("\(folder)/file is no folder"))
            let long = "\(folder)/\(String(repeating: "x", count: 300))"
            #expect(try Self.refusal(long) == "cannot write \(long): File name too long")
            // As long as a name may be: the one of the file in the making is no longer.
            try Self.writer("x").write(to: "\(folder)/\(String(repeating: "x", count: 255))")
        }
    }

    @Test("two writers of one file at once do not meet")
    func meeting() throws {
        try Self.withFolder { folder in
            let path = "\(folder)/model.gguf"
            let inner = try Self.writer("inner")
            let row = try Tensor([5, 6, 7, 8], shape: [4])
            var outer = GGUFWriter()
            try outer.add("outer", .f32, [4]) { () throws(WeightsError) in
                try inner.write(to: path)
                return row
            }
            try outer.write(to: path)
            #expect(try GGUFFile(path: path).names == ["outer"])
            #expect(try Oracles.list(folder) == ["model.gguf"])
        }
    }

    @Test("a writer that is cancelled leaves what was there, and nothing else")
    func cancelled() throws {
        try Self.withFolder { folder in
            let path = "\(folder)/model.gguf"
            try Self.write("GGUF old", to: path)
            var count = 0
            let isWritten = try Self.writer("x", "y").write(
                to: path,
                isCancelled: {
                    count += 1
                    return count == 2
                })
            #expect(!isWritten)
            #expect(try Oracles.bytes(path) == Array("GGUF old".utf8))
            #expect(try Oracles.list(folder) == ["model.gguf"])
        }
    }
}
