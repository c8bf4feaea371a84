import Glibc
import MillTestSupport
import MillValue
import Testing

/// What `millrace eval reports` measures must not get worse.
@Suite("millrace eval reports")
struct SampleReportsTests {
    private struct Scores {
        let value: Value
        func share(_ column: String, _ path: String...) throws -> Double {
            var value = try #require(self.value[column])
            for key in path { value = try #require(value[key]) }
            return try #require(value.double)
        }
    }

    private func scores(_ folders: String...) throws -> Scores {
        let result = try Program.run(["eval", "reports", "--json"] + folders)
        let start = try #require(result.output.firstIndex(of: "{"), "\(result.output)")
        #expect(result.code == 0)
        return Scores(value: try JSON.parse(String(result.output[start...])))
    }

    @Test("the samples that come along", .timeLimit(.minutes(10)))
    func committed() throws {
        let scores = try scores("\(Program.root)/samples/reports")
        #expect(try scores.share("all", "failed") == 0)
        #expect(try scores.share("all", "main_fields", "recall") >= 0.92)
        #expect(try scores.share("text layer", "metrics", "f1") >= 0.88)
        #expect(try scores.share("scans and others", "metrics", "f1") >= 0.80)
        #expect(try scores.share("all", "places", "recall") >= 0.97)
        #expect(try scores.share("all", "tables", "f1") >= 0.90)
        #expect(try scores.share("text layer", "tables", "text") >= 0.97)
        #expect(try scores.share("text layer", "tables", "text_columns") >= 0.97)
    }
}
