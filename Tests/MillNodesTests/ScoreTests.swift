import MillEvaluation
import MillNodes
import MillValue
import Testing

@Suite("Scores against the ground truth")
struct ScoreTests {
    static let truth: Value = [
        "frames": [
            [
                "file": "a.jpg", "people": 1, "activity": "standing", "light": "dark",
                "objects": [
                    ["label": "lamp", "state": "off", "box": [0.1, 0.1, 0.3, 0.3]],
                    ["label": "person", "state": "none", "box": [0.5, 0.2, 0.7, 0.9]],
                ],
            ]
        ],
        "events": [["file": "a.jpg", "type": "new", "label": "person"]],
        "actions": [["file": "a.jpg", "device": "lamp", "command": "turn_on"]],
    ]

    static func frame(objects: Value, events: [Value] = [], outcomes: [Value] = []) -> FrameRecord {
        var frame = FrameRecord(sequence: 0, key: "a.jpg", time: 0)
        frame.scene = ["objects": objects, "people": 1, "activity": "standing", "light": "dark"]
        frame.events = events
        frame.outcomes = outcomes
        return frame
    }

    @Test("an object counts as found when label and box agree, once")
    func objects() throws {
        let truth = try GroundTruth(Self.truth)
        let frame = Self.frame(objects: [
            ["label": "lamp", "state": "on", "box": [0.1, 0.1, 0.3, 0.32]],
            ["label": "lamp", "state": "off", "box": [0.1, 0.1, 0.3, 0.32]],
            ["label": "person", "state": "none", "box": [0.0, 0.2, 0.2, 0.9]],
        ])
        let evaluation = Evaluation(of: [frame], against: truth)
        #expect(evaluation.scenes.objects.right == 1)
        #expect(evaluation.scenes.objects.wrong == 2)
        #expect(evaluation.scenes.objects.missed == 1)
        #expect(evaluation.scenes.states.right == 0 && evaluation.scenes.states.missed == 1)
        #expect(evaluation.scenes.people.right == 1 && evaluation.scenes.lights.right == 1)
    }

    @Test("only confirmed outcomes count as actions; a second object of a label is no new event of the label")
    func eventsAndActions() throws {
        let truth = try GroundTruth(Self.truth)
        let person: Value = ["type": "new", "after": ["label": "person"]]
        let frame = Self.frame(
            objects: [], events: [person, person, ["type": "new", "after": ["label": "scene"]]],
            outcomes: [
                ["device": "lamp", "command": "turn_on", "result": "timeout"],
                ["device": "lamp", "command": "turn_on", "result": "confirmed"],
            ])
        let evaluation = Evaluation(of: [frame], against: truth)
        #expect(evaluation.events.right == 1 && evaluation.events.wrong == 0)
        #expect(evaluation.actions.right == 1 && evaluation.actions.wrong == 0)
    }

    @Test("only frames that the ground truth describes are compared, on both sides")
    func otherFrames() throws {
        let truth = try GroundTruth(Self.truth)
        var other = Self.frame(
            objects: [["label": "lamp"]], events: [["type": "new", "after": ["label": "person"]]],
            outcomes: [["device": "lamp", "command": "turn_on", "result": "confirmed"]])
        other.key = "mine.jpg"
        let evaluation = Evaluation(of: [other], against: truth)
        #expect(evaluation.framesWithTruth == 0)
        #expect(evaluation.rows.isEmpty)
    }

    @Test("groups of which nothing was expected and nothing reported have no row")
    func emptyGroups() throws {
        var map = try #require(Self.truth.map)
        map["actions"] = []
        map["events"] = []
        let evaluation = Evaluation(of: [Self.frame(objects: [])], against: try GroundTruth(.map(map)))
        #expect(evaluation.rows.map(\.name) == ["objects", "people", "activity", "light"])
    }

    @Test("a ground truth may say nothing of events and actions, but must name frames")
    func partial() throws {
        let frames = try #require(Self.truth["frames"])
        let truth = try GroundTruth(["frames": frames])
        #expect(truth.frames.count == frames.list?.count && truth.events.isEmpty && truth.actions.isEmpty)
        #expect(throws: EvaluationError.self) { try GroundTruth(["events": [], "actions": []]) }
    }

    @Test("a file has one frame")
    func duplicate() throws {
        let frame = try #require(Self.truth["frames"]?[0])
        #expect(throws: EvaluationError.self) { try GroundTruth(["frames": [frame, frame]]) }
    }

    @Test("parts of a ground truth that are no lists are refused by name", arguments: ["frames", "events", "actions"])
    func malformed(part: String) throws {
        var map = try #require(Self.truth.map)
        map[part] = "none"
        #expect(throws: EvaluationError.invalidGroundTruth(reason: "\"\(part)\" must be a list")) { try GroundTruth(.map(map)) }
    }

    @Test("rates of an empty comparison are those of nothing asked and nothing said")
    func empty() {
        let score = Score()
        #expect(score.recall == 1 && score.falseShare == 0 && score.f1 == 1)
    }

    @Test("a share of nothing is told as no number")
    func shareOfNothing() {
        var score = Score()
        #expect(score.told.recall.isNaN && score.told.falseShare.isNaN && score.told.f1.isNaN)
        #expect(score.value["recall"] == Value.null && score.value["right"] == 0)
        score.wrong = 1
        #expect(score.value["recall"] == Value.null && score.value["falseShare"] == 1.0 && score.value["f1"] == 0.0)
    }
}
