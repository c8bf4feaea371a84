import Glibc
import MillTestSupport
import MillValue
import Testing

/// What `millrace eval reports` measures must not get worse.
@Suite("millrace eval reports")
struct SampleReportsTests {
    /// The least that each measure may be, of one kind of documents each.
    private typealias Bars = [(documents: String, measure: [String], least: Double)]

    /// Of the twelve that come along.
    private static let committedBars: Bars = [
        ("all", ["main_fields", "recall"], 0.92),
        ("text layer", ["metrics", "f1"], 0.88),
        ("scans and others", ["metrics", "f1"], 0.80),
        ("all", ["places", "recall"], 0.97),
        ("all", ["tables", "f1"], 0.90),
        ("text layer", ["tables", "text"], 0.97),
        ("text layer", ["tables", "text_columns"], 0.97),
    ]
    /// Of some that are generated.
    private static let generatedBars: Bars = [
        ("all", ["main_fields", "recall"], 0.90),
        ("text layer", ["metrics", "f1"], 0.86),
        ("scans and others", ["metrics", "f1"], 0.80),
        ("all", ["places", "recall"], 0.97),
        ("all", ["tables", "f1"], 0.90),
        ("text layer", ["tables", "text"], 0.97),
    ]

    private func check(_ folders: [String], _ bars: Bars) throws {
        let result = try Program.run(["eval", "reports", "--json"] + folders)
        let start = try #require(result.output.firstIndex(of: "{"), "\(result.output)")
        #expect(result.code == 0)
        let scores = try JSON.parse(String(result.output[start...]))
        #expect(scores["all"]?["failed"]?.int == 0)
        for bar in bars {
            var value = scores[bar.documents]
            for key in bar.measure { value = value?[key] }
            let share = try #require(value?.double)
            #expect(share >= bar.least, "\(bar.documents): \(bar.measure.joined(separator: " "))")
        }
    }

    @Test("the samples that come along", .timeLimit(.minutes(10)))
    func committed() throws { try check(["\(Program.root)/samples/reports"], Self.committedBars) }

    /// Of each kind, language and layer one, so that making and reading them takes less than half a minute.
    private static let generatedNames =
        "aldersyde-annual brightwater-quarter dongji-mixed juyuan-annual qingshui-note ardmore-preview invoice-wattlegrove-scan"

    @Test("some that the generator makes", .timeLimit(.minutes(10)))
    func generated() throws {
        let folder = try Program.folder()
        let maker = "\(Program.root)/Tools/make-reports/make"
        #expect(
            Glibc.system("'\(maker)' '\(folder)' --only \(Self.generatedNames) --jobs 2 >'\(folder)/log' 2>&1") == 0,
            "\(folder)/log")
        try check([folder], Self.generatedBars)
    }
}
