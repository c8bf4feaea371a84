import MillEvaluation
import MillValue
import Testing

@Suite("One model in several precisions")
struct PrecisionReportTests {
    private struct Report: EvaluationReport {
        let share: Double
        let perplexity: Double
        var markdown: String { "| share |" }
        var value: Value { ["share": .double(share)] }
        var headlines: [Headline] { [Headline("found", share), Headline("perplexity", perplexity, .amount)] }
    }

    private let report = PrecisionReport([
        (precision: "f16", byteCount: 13_700_000, report: Report(share: 0.912, perplexity: 20)),
        (precision: "int4", byteCount: 4_900_000, report: Report(share: 0.9, perplexity: 20.5)),
    ])

    @Test("the tables of each come first, then shares compared in points and amounts in percent")
    func markdown() {
        #expect(report.markdown.hasPrefix("### f16\n\n| share |\n\n### int4\n\n| share |\n\n"))
        #expect(report.markdown.contains("| compared | f16, 13.7 MB | int4, 4.9 MB | difference |"))
        #expect(report.markdown.contains("| found | .912 | .900 | -1.2 points |"))
        #expect(report.markdown.contains("| perplexity | 20.00 | 20.50 | +2.5 % |"))
    }

    @Test("programs get the differences, too")
    func value() {
        #expect(report.value["int4"]?["report"]?["share"] == 0.9 && report.value["f16"]?["bytes"] == 13_700_000)
        #expect(abs((report.value["int4"]?["differences"]?["perplexity"]?.double ?? 0) - 2.5) < 1e-9)
    }

    @Test("where two are equal the difference has no sign")
    func equal() {
        let one = Report(share: 0.5, perplexity: 3)
        let text = PrecisionReport([("f16", 1, one), ("q8_0", 1, one)]).markdown
        #expect(text.contains("| found | .500 | .500 | 0.0 points |"))
    }

    @Test("figures that there are not have no difference")
    func nothing() {
        let none = Report(share: .nan, perplexity: 3)
        let report = PrecisionReport([("f16", 1, none), ("q8_0", 1, none)])
        #expect(report.markdown.contains("| found | – | – | – |"))
    }
}
