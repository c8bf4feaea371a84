import MillEvaluation
import MillModels
import MillValue
import Testing

@Suite("Scores that can be believed")
struct GroundingTrialTests {
    @Test("a fit turns scores that promise too much into the share that is right, and keeps their order")
    func fit() {
        // Of things scored 0.9 half are right; of things scored 0.6 a tenth.
        let outcomes =
            (0..<1000).map { (score: 0.9, isRight: $0 % 2 == 0) } + (0..<1000).map { (score: 0.6, isRight: $0 % 10 == 0) }
        let calibration = ScoreCalibration(fitting: outcomes)
        #expect(abs(calibration(0.9) - 0.5) < 0.02 && abs(calibration(0.6) - 0.1) < 0.02)
        #expect(calibration(0.3) < calibration(0.6))
    }

    @Test("scores that are right already stay nearly as they are, and few or one-sided ones do not run away")
    func extremes() {
        let right =
            (0..<1000).map { (score: 0.75, isRight: $0 % 4 != 0) } + (0..<1000).map { (score: 0.25, isRight: $0 % 4 == 0) }
        let calibration = ScoreCalibration(fitting: right)
        #expect(abs(calibration.scale - 1) < 0.02 && abs(calibration.shift) < 0.02)
        #expect(ScoreCalibration(fitting: []) == ScoreCalibration())
        let certain = ScoreCalibration(fitting: (0..<50).map { _ in (score: 1, isRight: true) })
        #expect(certain(1) > 0.99 && certain(1).isFinite && certain(0) < 0.5)
    }

    @Test("without calibration a score stays what it is, bit by bit")
    func identity() {
        for score: Float in [0, 0.1, 0.3333333, 1] { #expect(ScoreCalibration()(score) == score) }
    }

    @Test("an object's score counts as right when the object is where it is said to be")
    func outcomes() {
        let truth = SceneScoresTests.truth
        let said: Value = [
            "objects": [
                ["label": "lamp", "box": [0.1, 0.1, 0.3, 0.3], "score": 0.9],
                ["label": "lamp", "box": [0.1, 0.1, 0.3, 0.3], "score": 0.4],
                ["label": "sofa", "box": [0, 0, 0.2, 0.2], "score": 0.7],
            ]
        ]
        let outcomes = SceneScores.outcomes(reported: said, expected: truth)
        #expect(outcomes.map(\.score) == [0.9, 0.4, 0.7] && outcomes.map(\.isRight) == [true, false, false])
    }

    @Test("names are counted together and by what training showed of them")
    func groups() throws {
        var result = NameResult()
        for (name, rank) in [("lamp", 0), ("lamp", 3), ("cello", 9), ("mop", 0)] { result.add(name, rank: rank) }
        let groups = try TestFiles.use(["groups.json": #"{"rendered": ["lamp", "mop"], "drawn": ["cello"]}"#]) { folder in
            NameGroups(try NameLists(path: "\(folder)/groups.json"))
        }
        let report = HearthReport(scenes: [], names: [("names-views", result)], added: [], groups: groups)
        #expect(report.markdown.contains("| names-views | 3 | 4 | .50 | .75 |"))
        #expect(report.markdown.contains("| names-views: rendered | 2 | 3 | .67 | 1.00 |"))
        #expect(report.markdown.contains("| names-views: drawn | 1 | 1 | .00 | .00 |"))
        for broken in [#"{"rendered": "lamp"}"#, #"{"rendered": ["lamp", 5]}"#, "[]", "{"] {
            let error = try TestFiles.use(["groups.json": broken]) { folder in
                try #require(#expect(throws: EvaluationError.self) { try NameLists(path: "\(folder)/groups.json") })
            }
            #expect("\(error)".contains("/groups.json: "), "\(error)")
        }
    }

    @Test("shares of nothing are a dash in tables, and null for programs")
    func nothing() throws {
        let report = HearthReport(scenes: [("views", SceneResult())], names: [("names", NameResult())], added: [])
        #expect(report.markdown.contains("| views | 0 | 0 | – | – | – | – | – | – | – | – | – |"))
        #expect(report.markdown.contains("| names | 0 | 0 | – | – |"))
        #expect(report.markdown.contains("| views: right | – | – | – | – | – | – | – | – | – | – | – |"))
        let views = try #require(report.value["scenes"]?["views"])
        #expect(views["objects"]?["f1"] == Value.null && views["objects"]?["falseShare"] == Value.null)
        #expect(views["calibration_error"] == Value.null)
        #expect(report.headlines.allSatisfy { $0.value.isNaN })
        // What is false is a share of something, although nothing was to be found.
        var result = SceneResult()
        result.scores.objects.wrong = 3
        let wrong = HearthReport(scenes: [("views", result)], names: [], added: [])
        #expect(wrong.markdown.contains("| views | 0 | 0 | – | 1.00 | .00 | – |"))
    }
}
