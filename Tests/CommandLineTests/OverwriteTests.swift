import Glibc
import MillTestSupport
import Testing

@Suite("Conversions that would destroy what they read")
struct OverwriteTests {
    private static let scribe = "\(Program.root)/samples/models/scribe"

    private func expectRefusal(_ arguments: [String], _ message: String, keeping paths: [String]) throws {
        let before = try paths.map { try Oracles.bytes($0) }
        let result = try Program.run(arguments)
        #expect(result.code == 2 || result.code == 1, "\(arguments)")
        #expect(result.output.contains(message) && result.output.contains("choose another name"), "\(result.output)")
        #expect(!result.output.contains("--precision chooses another"))
        #expect(try paths.map { try Oracles.bytes($0) } == before, "\(arguments)")
    }

    @Test("an adapter is not written over the model that it is for")
    func adapter() throws {
        let folder = try Program.folder()
        let base = "\(folder)/base.gguf"
        #expect(try Program.run("models", "convert", Self.scribe, "-o", base, "--precision", "q8_0").code == 0)
        try #require(link(base, "\(folder)/hard.gguf") == 0)
        let adapter = "\(Self.scribe)/adapters/tools"
        for output in [base, "\(folder)/hard.gguf"] {
            try expectRefusal(
                ["models", "convert", adapter, "--base", base, "-o", output], "the model that the adapter is for", keeping: [base]
            )
        }
        #expect(try Program.run("models", "convert", adapter, "--base", base, "-o", "\(folder)/new.gguf").code == 0)
    }

    @Test("neither the model nor an importance matrix is lost to the other's output")
    func importance() throws {
        let folder = try Program.folder()
        let (model, text, matrix) = ("\(folder)/model.gguf", "\(folder)/text.txt", "\(folder)/i.gguf")
        try Program.write(Array(try Oracles.bytes("\(Program.root)/README.md").prefix(6000)), to: text)
        #expect(try Program.run("models", "convert", Self.scribe, "-o", model, "--precision", "f16").code == 0)
        let convert = ["models", "convert", model, "--precision", "q4_0"]
        let calibrated = convert + ["--calibrate", text, "--context", "64"]
        try expectRefusal(
            calibrated + ["-o", "\(folder)/x.gguf", "--save-imatrix", model], "which is converted", keeping: [model])
        try expectRefusal(
            calibrated + ["-o", matrix, "--save-imatrix", "\(folder)/./i.gguf"], "--save-imatrix", keeping: [model])
        try expectRefusal(
            calibrated + ["-o", "\(folder)/x.gguf", "--save-imatrix", "\(folder)/x.gguf.part"], "--save-imatrix", keeping: [model]
        )
        try expectRefusal(calibrated + ["-o", "\(folder)/x.gguf", "--save-imatrix", text], "--calibrate", keeping: [text])
        let (other, start) = ("\(folder)/other.gguf", Array(try Oracles.bytes(model).prefix(64)))
        try Program.write(try Oracles.bytes(model), to: other)
        try expectRefusal(
            calibrated + ["-o", "\(folder)/x.gguf", "--save-imatrix", other], "general.type is model", keeping: [other])
        try Program.write(start, to: other)
        try expectRefusal(calibrated + ["-o", "\(folder)/x.gguf", "--save-imatrix", other], "damaged", keeping: [other])
        unlink(other)
        try expectRefusal(calibrated + ["-o", text], "--calibrate", keeping: [text])
        try expectRefusal(convert + ["-o", text, "--verify", text], "--verify", keeping: [text])
        #expect(try Set(Oracles.list(folder)) == ["model.gguf", "text.txt"])
        #expect(try Program.run(calibrated + ["-o", "\(folder)/x.gguf", "--save-imatrix", matrix]).code == 0)
        #expect(try Program.run(calibrated + ["-o", "\(folder)/x.gguf", "--save-imatrix", matrix]).code == 0)
        try #require(symlink(matrix, "\(folder)/soft.gguf") == 0)
        for output in [matrix, "\(folder)/soft.gguf"] {
            try expectRefusal(convert + ["--imatrix", matrix, "-o", output], "--imatrix", keeping: [matrix])
        }
        // Two names for one new file, and what cannot be quantized: nothing is said of a precision.
        let refused = try Program.run("models", "convert", "\(folder)/x.gguf", "-o", "\(folder)/y.gguf")
        #expect(refused.code == 2 && refused.output.contains("--allow-requantize"))
        #expect(!refused.output.contains("--precision chooses another"))
    }

    @Test("a refusal to go on with another's unfinished file does not advise to go on with it")
    func othersPart() throws {
        let folder = try Program.folder()
        let (output, part, journal) = ("\(folder)/x.gguf", "\(folder)/x.gguf.part", "\(folder)/x.gguf.part.log")
        try Program.write("a part", to: part)
        try Program.write("millrace write journal 1 of another\n", to: journal)
        let model = try Oracles.committed("models/glm_edge")
        let command = ["models", "convert", model, "-o", output]
        let refused = try Program.run(command + ["--resume"])
        #expect(refused.code != 0 && refused.output.contains("leave --resume out"), "\(refused.output)")
        #expect(!refused.output.contains("the same command with"))
        #expect(try Set(Oracles.list(folder)) == ["x.gguf.part", "x.gguf.part.log"])
        #expect(try Program.run(command).code == 0)
        #expect(try Oracles.list(folder) == ["x.gguf"])
    }

    @Test("what the file cannot say is told before it is written")
    func notices() throws {
        let folder = try Program.folder()
        try #require(mkdir("\(folder)/model", 0o700) == 0)
        let source = try Oracles.committed("models/glm_edge")
        for name in ["config.json", "model.safetensors", "tokenizer.json"] {
            try Program.write(try Oracles.bytes("\(source)/\(name)"), to: "\(folder)/model/\(name)")
        }
        try Program.write(#"{"eos_token_id": [274, 281, 282, 283]}"#, to: "\(folder)/model/generation_config.json")
        let result = try Program.run("models", "convert", "\(folder)/model", "-o", "\(folder)/x.gguf")
        #expect(result.code == 0 && result.output.contains("warning: answers also end at the token 283,"), "\(result.output)")
        #expect(result.output.contains("precision q8_0; --precision chooses another"))
    }
}
