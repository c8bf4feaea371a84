import Glibc
import MillTestSupport
import MillValue
import Testing

@Suite("millrace models add, list and remove; what is chosen for a model")
struct ModelNameTests {
    private static let file = "\(Oracles.committed)/gguf/glm_edge/glm_edge-Q4_0.gguf"
    private static let eyes = "\(Oracles.committed)/models/glm_edge_v"

    private let environment: String

    init() throws { environment = "MILLRACE_REGISTRY='\(try Program.folder())/names'" }

    private func run(_ arguments: String...) throws -> (code: Int32, output: String) {
        try Program.run(arguments, environment: environment)
    }

    @Test("a model that was added is found by its name in commands and pipelines, and forgotten only with --yes")
    func names() throws {
        let added = try run("models", "add", Self.file, "--name", "edge")
        #expect(added.code == 0 && added.output.contains("edge: chatglm") == false && added.output.contains("linked to"))
        #expect(try run("models", "list").output.contains("\nedge "))
        let list = try JSON.parse(try run("models", "list", "--json").output)
        let edge = try #require(list.list?.first { $0["name"] == "edge" })
        #expect(edge["kind"] == "linked" && edge["precision"]?.string?.contains("Q4_0") == true && edge["context"]?.int != nil)
        for model in ["edge", "name:edge"] {
            #expect(try run("generate", "-m", model, "--max-tokens", "1", "Hi").code == 0)
        }
        let pipeline = try Program.file(
            """
            version: 1
            name: named
            models: {m: {path: "name:edge"}}
            nodes:
              words: {type: source.directory, config: {path: .}}
              answer: {type: language.generate, model: m, inputs: {text: words}, config: {prompt: Hi}}
            """)
        #expect(try run("validate", pipeline).output.contains("name:edge") == false)
        let second = try run("models", "add", Self.file, "--name", "edge")
        #expect(second.code == 2 && second.output.contains("there is a model edge already"))
        let asked = try run("models", "remove", "edge")
        #expect(asked.code == 2 && asked.output.contains("--yes"))
        #expect(try run("models", "remove", "edge", "--yes").code == 0)
        let gone = try run("generate", "-m", "edge", "Hi")
        #expect(gone.code == 2 && gone.output.contains("no model at edge"))
        #expect(try run("validate", pipeline).output.contains("no model at name:edge"))
    }

    @Test("a copy is told as one; what cannot be loaded, and what is no name, gets none")
    func refused() throws {
        #expect(try run("models", "add", Self.eyes, "--copy").output.contains("copied to"))
        #expect(try run("models", "list").output.contains("glm_edge_v"))
        #expect(try run("models", "remove", "glm_edge_v", "--yes").output.contains("the copies in"))
        let broken = try run("models", "add", "\(Oracles.committed)/malformed/magic.gguf")
        #expect(broken.code == 2)
        #expect(try run("models", "add", Self.file, "--name", "a b").code == 2)
        #expect(try run("models", "add", "/nowhere").code == 2)
        let unknown = try run("models", "remove", "nobody", "--yes")
        #expect(unknown.code == 2 && unknown.output.contains("no model has the name nobody"))
        #expect(try run("models", "list", "--json").output.contains("glm_edge") == false)
    }

    @Test(
        "a copy that was killed is gone after the next command about names, also of the longest name",
        arguments: [("list", "big"), ("add", "big"), ("remove", "big"), ("list", String(repeating: "b", count: 100))])
    func killedCopy(command: String, name: String) throws {
        let folder = try Program.folder()
        let (names, source) = ("\(folder)/names", "\(folder)/model")
        let setting = "MILLRACE_REGISTRY=\(names)"
        #expect(system("mkdir '\(names)' '\(source)' && cp '\(Self.eyes)'/* '\(source)'") == 0)
        // No blocks on the disk, and enough to be copied when the signal comes.
        #expect(system("truncate -s 8G '\(source)/a.zeros'") == 0)
        let events = try FolderEvents(names)
        var copy = try StartedProgram(["models", "add", source, "--name", name, "--copy"], environment: [setting])
        #expect(events.wait(for: 1, of: copy) == 1)
        copy.signal(SIGKILL)
        #expect(copy.wait() == -SIGKILL)
        #expect(system("ls -A '\(names)' | grep -q '^[.]\(name)[.]'") == 0)
        let arguments = ["list": [], "add": [Self.eyes, "--name", "small"], "remove": [name, "--yes"]]
        let next = try Program.run(["models", command] + (arguments[command] ?? []), environment: setting)
        #expect(next.code == (command == "remove" ? 2 : 0), "\(next.output)")
        #expect(next.output.contains("was killed"), "\(next.output)")
        #expect(system("ls -A '\(names)' | grep -q '^[.]'") != 0)
    }

    @Test("the vision part alone is no model that answers, and the message says what goes where")
    func visionPart() throws {
        for name in ["llava_clip", "idefics3", "qwen2_5_vl"] {
            let folder = "\(Oracles.committed)/gguf/\(name)"
            let file = try #require(try Oracles.list(folder).first { $0.hasPrefix("mmproj") })
            let picture = "\(Oracles.committed)/images/rgb.png"
            for command in [["generate", "--image", picture, "What?"], ["chat", "--image", picture]] {
                let result = try Program.run([command[0], "-m", "\(folder)/\(file)"] + command.dropFirst())
                #expect(result.code == 2 && result.output.contains("vision part"), "\(result.output)")
                #expect(result.output.contains("belongs to -m") && result.output.contains("--mmproj"))
            }
        }
        let two = try run("generate", "-m", Self.eyes, "--image", "\(Oracles.committed)/images/rgb.png", "\u{FFFC} or \u{FFFC}?")
        #expect(two.code != 0 && two.output.contains("2 places") && two.output.contains("1 picture;"), "\(two.output)")
    }

    @Test("inspect and --verbose say what was chosen, and why")
    func choices() throws {
        let inspected = try run("models", "inspect", Self.file).output
        for part in ["on this machine", "device      cpu", "precision   int8", "Q4_0", "kv          f16", "memory"] {
            #expect(inspected.contains(part), "\(inspected)")
        }
        let exact = try JSON.parse(try run("models", "inspect", Self.file, "--precision", "float32", "--json").output)
        #expect(exact["choices"]?.list?.contains { $0["subject"] == "precision" && $0["value"] == "float32" } == true)
        #expect(exact["problem"] == .null && exact["memory"]?["panels"] == 0)
        let verbose = try run("generate", "-m", Self.file, "--verbose", "--max-tokens", "1", "Hi")
        #expect(verbose.code == 0 && verbose.output.contains("  precision int8: Q4_0"))
        #expect(try run("generate", "-m", Self.file, "--precision", "float32", "--max-tokens", "1", "Hi").code == 0)
    }

    @Test("a device or a precision that there is not is refused with those that there are")
    func wrongSettings() throws {
        let device = try run("generate", "-m", Self.file, "--device", "gpu", "Hi")
        #expect(device.code == 2 && device.output.contains("'auto' and 'cpu'"))
        let precision = try run("models", "inspect", Self.file, "--precision", "int2")
        #expect(precision.code == 2 && precision.output.contains("float32"))
        let pipeline = try Program.file(
            """
            version: 1
            name: device
            models: {m: {path: "builtin:scribe", device: cuda}}
            nodes:
              words: {type: source.directory, config: {path: .}}
              answer: {type: language.generate, model: m, inputs: {text: words}, config: {prompt: Hi}}
            """)
        let checked = try run("validate", pipeline)
        #expect(checked.code == 2 && checked.output.contains("cuda") && checked.output.contains("cpu"))
    }

    @Test("a model that does not fit into the memory is refused before it is read, and a size that is none, too")
    func memory() throws {
        let limited = environment + " MILLRACE_MEMORY=1M"
        let result = try Program.run(["generate", "-m", "builtin:scribe", "Hi"], environment: limited)
        #expect(result.code == 1 && result.output.contains("does not fit into the memory"))
        #expect(result.output.contains("MILLRACE_MEMORY says") && result.output.contains("take a model of fewer parameters"))
        let looked = try Program.run(["models", "inspect", "builtin:scribe"], environment: limited)
        #expect(looked.code == 0 && looked.output.contains("does not fit into the memory"))
        let nonsense = try Program.run(["doctor"], environment: "MILLRACE_MEMORY=much")
        #expect(nonsense.code == 2 && nonsense.output.contains("MILLRACE_MEMORY is \"much\""))
    }
}
