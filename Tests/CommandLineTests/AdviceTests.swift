import MillTestSupport
import Testing

/// What is wrong is named, and where to go from there.
@Suite("Refusals say what to do")
struct AdviceTests {
    private static let models = "\(Program.root)/samples/models"
    private static let reports = "\(Program.root)/samples/reports"

    @Test(
        "commands",
        arguments: [
            (["models", "verify", "/nowhere"], "no model at /nowhere"),
            (["models", "verify", "\(models)/scribe"], "it is a model without reference results"),
            (["generate", "-m", "builtin:scrib", "x"], "builtin:scribe"),
            (["generate", "-m", "\(models)/scribe/adapters/tools", "x"], "this folder with --adapter"),
            (["generate", "-m", "m", "x", "--precision", "q4_k_m"], "millrace models convert MODEL"),
            (["generate", "-m", "m", "x", "--top-p", "2"], "above 0, at most 1.0"),
            (["generate", "-m", "builtin:hearth", "--image", "\(models)/hearth.md", "x"], "hearth.md: "),
            (["extract", reports], "is a folder, and this reads one text"),
            (["extract", "\(reports)/quillon-initiation.pdf"], "pipelines/reports.yaml --set inbox="),
            (["eval", "reports", "/nowhere"], "cannot read the folder /nowhere: it does not exist"),
            (["run", "\(Program.root)/pipelines/reports.yaml", "--set", "first_page=0"], "at least 1, but it is 0"),
            (["perplexity", "-m", "builtin:scribe", "/nowhere"], "/nowhere: No such file or directory"),
            (
                ["perplexity", "-m", "builtin:scribe", "--context", "128", "--stride", "200", "\(models)/hearth.md"],
                "millrace: windows have at least 4 tokens"
            ),
        ])
    func commands(arguments: [String], advice: String) throws {
        let result = try Program.run(arguments)
        #expect([1, 2, 64].contains(result.code) && result.output.contains(advice), "\(result.code) \(result.output)")
    }
}
