import Glibc
import MillTestSupport
import MillValue
import Testing

@Suite("The millrace program")
struct CommandTests {
    @Test("a valid file is said to be valid, with exit code 0")
    func valid() throws {
        let result = try Program.run("validate", "\(Program.root)/pipelines/smart-home.yaml")
        #expect(result.code == 0)
        #expect(result.output.contains("valid, 10 nodes"))
    }

    @Test("an invalid file ends with exit code 2 and file, line and column")
    func invalid() throws {
        let path = try Program.file("version: 1\nname: broken\nnodes:\n  image: {type: image.decod}\n")
        let result = try Program.run("validate", path)
        #expect(result.code == 2)
        #expect(result.output.contains("\(path):4:17: error:"))
        #expect(result.output.contains("image.decode"))
    }

    @Test("wrong usage ends with exit code 2", arguments: [["frobnicate"], ["run"], ["inspect", "no.such"], ["generate", "x"]])
    func usage(arguments: [String]) throws {
        #expect(try Program.run(arguments).code == 2)
    }

    @Test("help and lists end with exit code 0", arguments: [["--help"], ["run", "--help"], ["nodes"], ["doctor"], ["schema"]])
    func help(arguments: [String]) throws {
        let result = try Program.run(arguments)
        #expect(result.code == 0)
        #expect(result.output.count > 100)
    }

    @Test(
        "machine-readable output is JSON",
        arguments: [["nodes", "--json"], ["inspect", "flow.limit", "--json"], ["doctor", "--json"], ["schema"]])
    func json(arguments: [String]) throws {
        let result = try Program.run(arguments)
        #expect(throws: Never.self) { try JSON.parse(result.output) }
    }

    @Test("models verify passes a committed case and says so")
    func verify() throws {
        let result = try Program.run("models", "verify", "\(Program.root)/Tests/Oracles/models/hearth")
        #expect(result.code == 0)
        #expect(result.output.contains("hearth"))
    }

    @Test("a missing model is an error that says where it was looked for, with exit code 1")
    func missingModel() throws {
        let result = try Program.run("models", "inspect", "builtin:nobody")
        #expect(result.code == 1)
        #expect(result.output.contains("samples/models"))
    }

    @Test("a run writes its page and its outcomes")
    func run() throws {
        let out = try Program.folder()
        let result = try Program.run("run", "\(Program.root)/pipelines/smart-home.yaml", "--set", "out=\(out)")
        #expect(result.code == 0)
        #expect(result.output.contains("living_room_lamp turn_on → confirmed (on)"))
        let page = String(decoding: try Oracles.bytes("\(out)/report.html"), as: UTF8.self)
        #expect(
            page.contains("<svg") && page.contains("01-morning.jpg") && !page.contains("src=\"http") && !page.contains("href="))
        #expect(try Oracles.bytes("\(out)/outcomes.jsonl").count { $0 == 0x0A } == 6)
    }
}
