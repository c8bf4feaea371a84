import MillEvaluation
import MillValue
import Testing

@Suite("Descriptions of scenes against the truth")
struct SceneScoresTests {
    static let truth: Value = [
        "objects": [
            ["label": "lamp", "state": "off", "where": "left", "box": [0.1, 0.1, 0.3, 0.3]],
            ["label": "sofa", "state": "none", "where": "right", "box": [0.5, 0.2, 0.9, 0.9]],
        ], "people": 0, "activity": "none", "light": "dim",
    ]

    @Test("a description is whole when every object with state and place, and the rest, agree in any order")
    func whole() throws {
        var said = try #require(Self.truth.map)
        said["objects"] = .list((Self.truth["objects"]?.list ?? []).reversed())
        var scores = SceneScores()
        scores.add(reported: .map(said), expected: Self.truth)
        #expect(scores.whole.recall == 1 && scores.objects.f1 == 1 && scores.positions.recall == 1)
        said["light"] = "dark"
        scores.add(reported: .map(said), expected: Self.truth)
        #expect(scores.whole.right == 1 && scores.whole.expected == 2 && scores.lights.right == 1)
    }

    @Test("states that are none count as found states, but not as states to tell")
    func states() {
        var scores = SceneScores()
        scores.add(reported: Self.truth, expected: Self.truth)
        #expect(scores.states.expected == 2 && scores.statesTold.expected == 1)
    }

    @Test("scores that are right as often as they say have no calibration error")
    func calibration() {
        var calibration = Calibration()
        for index in 0..<20 { calibration.add(score: 0.75, isRight: index % 4 != 0) }
        #expect(calibration.expectedError < 1e-9 && calibration.bins[7].count == 20)
        for _ in 0..<20 { calibration.add(score: 1, isRight: false) }
        #expect(abs(calibration.expectedError - 0.5) < 1e-9)
    }

    @Test("answers to questions are counted by what was asked")
    func questions() {
        var result = SceneResult()
        result.addAnswer(["where": "left"], expected: ["where": "left"])
        result.addAnswer(["answer": "yes"], expected: ["answer": "not visible"])
        result.addAnswer(["answer": "no"], expected: ["answer": "no"])
        #expect(result.questions["where"]?.recall == 1 && result.questions["not visible"]?.recall == 0)
        #expect(result.questions["is there"]?.recall == 1)
    }
}
