import MillTestSupport
import MillValue
import Testing

@Suite("Measuring models")
struct EvalTests {
    private static let reports = ["eval", "ledger", "\(Program.root)/Tools/train-ledger/handwritten"]

    @Test("a master's folder is measured in several precisions and compared, and nothing is left of the files")
    func precisions() throws {
        let folder = try Program.folder()
        let result = try Program.run(
            Self.reports + ["-m", "\(Program.root)/Tests/Oracles/models/ledger", "--precision", "f16,int4"],
            environment: "TMPDIR='\(folder)'")
        #expect(result.code == 0 && result.output.contains("### f16") && result.output.contains("### int4"))
        #expect(result.output.contains("| handwritten: entities, F1 |"))
        #expect(try Oracles.list(folder).isEmpty)
    }

    @Test("a converted file has no other precisions, and an unknown one is refused with those that there are")
    func refusals() throws {
        let samples = "\(Program.root)/samples"
        let converted = try Program.run(
            "eval", "hearth", samples, "--split", "home", "-m", "\(samples)/models/hearth.gguf", "--precision", "f16")
        #expect(converted.code == 2 && converted.output.contains("master's folder"))
        for wrong in ["int3", "f16,f16", "f16,"] {
            let result = try Program.run(Self.reports + ["--precision", wrong])
            #expect(result.code == 2 && result.output.contains("int4"))
        }
    }
}
