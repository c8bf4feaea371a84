import MillEvaluation
import MillModels
import MillValue
import Testing

@Suite("Scores of reports that were read")
struct LedgerScoresTests {
    private static let marked =
        "{c|Aldgate} cut to {r|Hold} (from {pr|Buy}), TP {cur|£}{tp|6.4}. {p1|1H25} {m1|sales} {u1|£}{a1|842}{u1|m}, up {ch1|6}%."

    private func reading(_ entities: [LedgerEntity], _ figures: [LedgerFigure] = []) -> LedgerReading {
        LedgerReading(entities: entities, figures: figures)
    }

    @Test("marks become text, entities and figures")
    func marks() throws {
        let report = try AnnotatedReport(Self.marked)
        #expect(report.text == "Aldgate cut to Hold (from Buy), TP £6.4. 1H25 sales £842m, up 6%.")
        #expect(
            report.entities.map(\.label) == [
                "company", "rating", "previous_rating", "currency", "target_price", "period", "metric", "value", "change",
            ])
        let figure = try #require(report.figures.first)
        #expect(report.figures.count == 1)
        #expect(figure.value == 53..<56 && figure.metric == 46..<51 && figure.period == 41..<45 && figure.change == 62..<63)
        #expect(figure.unit == [52..<53, 56..<57] && figure.kind == "actual")
        #expect(report.language == "en")
        #expect(try AnnotatedReport("{m1|营收}{a1|5}{u1|亿元}").language == "zh")
    }

    @Test("a brace that is no mark is refused", arguments: ["{", "}", "{zz|x}", "{c|a|b}", "{c|a", "a {c1x|b}"])
    func brokenMark(text: String) {
        #expect(throws: EvaluationError.self) { try AnnotatedReport(text) }
    }

    private func reports(_ bytes: [UInt8]) throws -> [AnnotatedReport] {
        try TestFiles.use(bytes: ["a.txt": bytes]) { try AnnotatedReport.reports(path: "\($0)/a.txt") }
    }

    @Test("a file may hold several reports, with a line of equals signs between two")
    func severalReports() throws {
        let reports = try reports(Array("{c|Aldgate} = 5\n====\nTwo lines,\n{r|Buy}\n".utf8))
        #expect(reports.map(\.text) == ["Aldgate = 5\n", "Two lines,\nBuy\n"])
        #expect(reports.map { $0.entities.map(\.label) } == [["company"], ["rating"]])
    }

    @Test(
        "only a whole line of four equals signs is one, however lines end",
        arguments: [
            ("a\r\n====\r\nb\r\n", ["a\r\n", "b\r\n"]), ("a\nabc====\nb", ["a\nabc====\nb"]),
            ("a\n=====\nb", ["a\n=====\nb"]), ("====\na\n====\n\n====\nb\n====", ["a\n", "b\n"]),
        ])
    func separators(text: String, parts: [String]) throws {
        #expect(try reports(Array(text.utf8)).map(\.text) == parts)
    }

    @Test(
        "a file without a report, a mark that is wrong and what is no UTF-8 are refused, once, with file and place",
        arguments: [
            ("", "a.txt holds no report"), ("====\n\n====\n", "a.txt holds no report"),
            ("a\n====\nb\nc {zz|x}\nd", "a.txt: line 4: a brace that is no mark {code ids|text}: {zz|x}"),
            ("a\n{a99999999999999999999|5}", "a.txt: line 2: a mark with an id beyond 9223372036854775807"),
            ("a\n====\nbc\u{0}", "a.txt: invalid UTF-8 at byte 9"),
        ])
    func brokenFile(text: String, problem: String) throws {
        // A zero stands for a byte that no text has.
        let bytes = text.utf8.map { $0 == 0 ? 0xFF : $0 }
        let error = try #require(#expect(throws: EvaluationError.self) { try reports(bytes) })
        #expect("\(error)".contains(problem), "\(error)")
        #expect("\(error)".split(separator: "not valid").count == 2)
    }

    @Test("a reading that is the truth scores 1, an empty one 0")
    func bounds() throws {
        let report = try AnnotatedReport(Self.marked)
        var (whole, none) = (LedgerScores(), LedgerScores())
        whole.add(report, reading(report.entities), fromTruth: [], time: .seconds(2))
        none.add(report, reading([]), fromTruth: [], time: .seconds(2))
        #expect(whole.entities.f1 == 1 && whole.ratings.f1 == 1 && whole.labels["rating"]?.f1 == 1)
        #expect(none.entities.f1 == 0 && none.ratings.f1 == 0 && none.figures.f1 == 0)
        #expect(whole.wordCount == 13 && whole.wordsPerSecond == 6.5)
        let both = whole + none
        #expect(both.reportCount == 2 && both.entities.recall == 0.5)
    }

    @Test("a place that is one character off, and a rating taken for the previous one, are wrong")
    func strict() throws {
        let report = try AnnotatedReport(Self.marked)
        let shifted = report.entities.map { entity in
            entity.label == "company"
                ? LedgerEntity(label: "company", range: entity.range.lowerBound..<entity.range.upperBound - 1)
                : LedgerEntity(label: entity.label == "previous_rating" ? "rating" : entity.label, range: entity.range)
        }
        var scores = LedgerScores()
        scores.add(report, reading(shifted), fromTruth: [], time: .seconds(1))
        #expect(scores.labels["company"]?.f1 == 0)
        #expect(scores.labels["rating"]?.wrong == 1 && scores.labels["previous_rating"]?.missed == 1)
    }

    @Test("the tables have a column for each language and one for all")
    func table() throws {
        let report = try AnnotatedReport(Self.marked)
        var scores = LedgerScores()
        scores.add(report, reading(report.entities), fromTruth: [], time: .seconds(1))
        let tables = LedgerReport([("mine", ["en": scores])])
        #expect(
            tables.markdown.hasPrefix(
                "| mine | en | all |\n| --- | --- | --- |\n| reports | 1 | 1 |\n| entities, F1 | 1.000 | 1.000 |"))
        #expect(tables.value["mine"]?["all"]?["entities"]?["f1"] == 1.0)
    }
}
