import Glibc
import MillModels
import MillTestSupport
import Testing

@Suite("Names for models")
struct ModelRegistryTests {
    private let model = "\(Oracles.committed)/gguf/llama_k256/llama_k256-Q4_K.gguf"
    private let registry: ModelRegistry
    private let folder: String

    init() throws {
        var template = Array("/tmp/millrace-registry-XXXXXX".utf8CString)
        _ = try #require(mkdtemp(&template))
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        registry = ModelRegistry(folder: "\(folder)/names")
    }

    private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private func clean() { _ = Glibc.system("rm -rf '\(folder)'") }

    @Test("a linked model is found by its name, alone or with name:, and forgetting it leaves its files")
    func link() throws {
        defer { clean() }
        let entry = try registry.add(model, name: "tiny")
        #expect(!entry.isCopy && exists(entry.path) && registry.entries == [entry])
        #expect(try ModelLocation.registered("name:tiny", registry) == entry.path)
        #expect(try ModelLocation.registered("tiny", registry) == entry.path)
        #expect(try ModelLocation.registered("./tiny", registry) == nil)
        #expect(try registry.remove("tiny").isEmpty)
        #expect(exists(model) && registry.entries.isEmpty)
    }

    @Test("what is there as a path is that path, whatever names there are")
    func pathFirst() throws {
        defer { clean() }
        try registry.add(model, name: "tmp")
        #expect(try ModelLocation.registered("/tmp", registry) == nil)
        #expect(try ModelLocation.registered("tmp", registry) != nil)
    }

    @Test("a copy holds the model's files, loads, and takes only these with it")
    func copy() throws {
        defer { clean() }
        let source = try Oracles.committed("models/glm_edge_v")
        let entry = try registry.add(source, name: "eyes", copying: true)
        #expect(entry.isCopy && entry.path == "\(folder)/names/eyes")
        #expect(try ModelLoader(panels: .off).load(path: entry.path).description.family == "glm-edge-v")
        _ = Glibc.system("echo mine > '\(entry.path)/notes.txt'")
        #expect(try registry.remove("eyes") == ["notes.txt"])
        #expect(registry.entry("eyes") == nil && registry.entries.isEmpty)
        #expect(exists("\(entry.path)/notes.txt") && !exists("\(entry.path)/config.json") && exists("\(source)/config.json"))
    }

    @Test("a copied file is a folder with it, and nothing else remains when it goes")
    func copiedFile() throws {
        defer { clean() }
        let entry = try registry.add(model, name: "tiny", copying: true)
        #expect(try ModelLoader(panels: .off).load(path: entry.path, tokenizer: false).description.family == "llama")
        #expect(try registry.remove("tiny").isEmpty && !exists(entry.path))
    }

    @Test("a copy that is broken off leaves nothing")
    func cancelled() throws {
        defer { clean() }
        #expect(throws: ModelError.self) { try registry.add(model, name: "tiny", copying: true, isCancelled: { true }) }
        #expect(registry.entries.isEmpty)
        #expect(Glibc.system("test -z \"$(ls -A '\(folder)/names')\"") == 0)
    }

    @Test("what a killed copy left goes, and what is being copied, or is nobody's copy, stays")
    func leftovers() throws {
        defer { clean() }
        let names = "\(folder)/names"
        let broken = "\(names)/.big-model.aB3xY9"
        let setUp = [
            "mkdir -p '\(broken)/sub' '\(names)/.begun.aaaaaa' '\(names)/.new.copying.aaaaaa' '\(names)/.empty.aaaaaa' '\(names)/.own' '\(names)/.mine.abcdef'",
            ": > '\(names)/.begun.aaaaaa/.copied'",
            "printf 'a\\nsub/b' > '\(broken)/.copied' && echo 1 > '\(broken)/a' && echo 2 > '\(broken)/sub/b'",
            "echo 3 > '\(names)/.own/file' && echo 4 > '\(names)/.mine.abcdef/file' && echo 5 > '\(names)/.file.abcdef'",
        ]
        for command in setUp { #expect(Glibc.system(command) == 0) }
        var (rounds, found) = (0, [String]())
        let entry = try registry.add(model, name: "tiny", copying: true) {
            // While this copy is made, others come and look.
            if rounds == 0 { found = registry.removeLeftovers() }
            rounds += 1
            return false
        }
        #expect(rounds > 0 && found == [".begun.aaaaaa", ".big-model.aB3xY9", ".new.copying.aaaaaa"])
        #expect(!exists(broken) && !exists("\(names)/.begun.aaaaaa"))
        // Another empty folder without a list may be anybody's.
        for kept in [".empty.aaaaaa", ".own/file", ".mine.abcdef/file", ".file.abcdef"] {
            #expect(exists("\(names)/\(kept)"), "\(kept)")
        }
        #expect(try ModelLoader(panels: .off).load(path: entry.path, tokenizer: false).description.family == "llama")
        #expect(registry.removeLeftovers().isEmpty && registry.entries == [entry])
        #expect(ModelRegistry(folder: "\(folder)/nowhere").removeLeftovers().isEmpty)
        #expect(ModelRegistry(folder: nil).removeLeftovers().isEmpty)
    }

    @Test("names that are hard to tell apart in a list are copied and removed whole, or refused")
    func oddNames() throws {
        defer { clean() }
        let source = "\(folder)/source"
        let mark = "\u{301}"
        for path in ["", "/\(mark)sub", "/\(mark)sub/\(mark)x"] { #expect(mkdir(source + path, 0o700) == 0) }
        let names = ["a\r", "b", "\(mark)c", "\(mark)sub/d\r", "\(mark)sub/\(mark)x/e"]
        for name in names { #expect(Glibc.system("cp '\(model)' '\(source)/\(name)'") == 0) }
        let entry = try registry.add(source, name: "odd", copying: true)
        for name in names { #expect(exists("\(entry.path)/\(name)"), "\(name)") }
        #expect(try registry.remove("odd").isEmpty && !exists(entry.path))
        let single = try registry.add("\(source)/\(mark)c", name: "one", copying: true)
        #expect(exists("\(single.path)/\(mark)c"))
        #expect(try registry.remove("one").isEmpty && !exists(single.path))
        #expect(Glibc.system("cp '\(model)' '\(source)/x\ny'") == 0)
        let error = #expect(throws: ModelError.self) { try registry.add(source, name: "odd", copying: true) }
        #expect("\(try #require(error))".contains("line break"))
        #expect(Glibc.system("test -z \"$(ls -A '\(folder)/names')\"") == 0)
    }

    @Test("what is no file is not copied, and nobody waits for a pipe")
    func pipe() throws {
        defer { clean() }
        let source = "\(folder)/source"
        #expect(Glibc.system("mkdir '\(source)' && cp '\(model)' '\(source)' && mkfifo '\(source)/pipe'") == 0)
        let error = #expect(throws: ModelError.self) { try registry.add(source, name: "tiny", copying: true) }
        #expect("\(try #require(error))".contains("\(source)/pipe"))
        #expect(Glibc.system("test -z \"$(ls -A '\(folder)/names')\"") == 0)
    }

    @Test("a name is taken once, and must be one")
    func names() throws {
        defer { clean() }
        try registry.add(model, name: "tiny")
        for name in ["tiny", "", "a/b", "..", ".x", "-x", "a b", String(repeating: "a", count: 101)] {
            #expect(throws: ModelError.self, "\(name)") { try registry.add(model, name: name) }
        }
        #expect(throws: ModelError.self) { try registry.add("/nowhere", name: "other") }
        #expect(throws: ModelError.self) { try registry.remove("other") }
        #expect(ModelRegistry.suggestedName("/a/b/qwen-Q4_K.gguf") == "qwen-Q4_K")
        #expect(ModelRegistry.suggestedName("/a/b c/") == nil)
    }

    @Test("a name whose files are gone is listed, refused with where they were, and can be forgotten")
    func gone() throws {
        defer { clean() }
        let place = "\(folder)/model.gguf"
        _ = Glibc.system("cp '\(model)' '\(place)'")
        try registry.add(place, name: "lost")
        unlink(place)
        #expect(registry.entries.map(\.name) == ["lost"])
        let error = #expect(throws: ModelError.self) { try ModelLocation.registered("lost", registry) }
        #expect("\(try #require(error))".contains(place))
        try registry.remove("lost")
        #expect(registry.entries.isEmpty)
        let unknown = #expect(throws: ModelError.self) { try ModelLocation.registered("name:lost", registry) }
        #expect("\(try #require(unknown))".contains("millrace models add"))
    }

    @Test("folders that are no entries are left alone")
    func foreign() throws {
        defer { clean() }
        _ = Glibc.system("mkdir -p '\(folder)/names/own' && touch '\(folder)/names/own/file'")
        #expect(registry.entries.isEmpty)
        #expect(throws: ModelError.self) { try registry.remove("own") }
        #expect(throws: ModelError.self) { try registry.add(model, name: "own") }
        #expect(exists("\(folder)/names/own/file"))
    }

    @Test("the environment says where names are kept")
    func environment() {
        func folder(_ values: [String: String]) -> String? { ModelRegistry.environment { values[$0] }.folder }
        #expect(folder(["HOME": "/h"]) == "/h/.local/share/millrace/models")
        #expect(folder(["HOME": "/h", "XDG_DATA_HOME": "/d"]) == "/d/millrace/models")
        #expect(folder(["HOME": "/h", "XDG_DATA_HOME": "d"]) == "/h/.local/share/millrace/models")
        #expect(folder(["HOME": "/h", "MILLRACE_REGISTRY": "/r"]) == "/r")
        #expect(folder([:]) == nil)
    }
}
