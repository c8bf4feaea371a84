import MillEvaluation
import MillTestSupport
import MillValue
import Testing

private let hearth = Oracles.committed + "/../../samples/models/hearth.gguf"

@Suite("Ground truths that are wrong")
struct GroundTruthTests {
    /// What `body` throws for a ground truth of this text, and where that stood.
    private func refusal(
        of text: String, _ body: (_ folder: String) throws -> Void
    ) throws -> (message: String, path: String) {
        try TestFiles.use(["ground-truth.json": text]) { folder in
            let error = try #require(#expect(throws: EvaluationError.self) { try body(folder) })
            return (message: "\(error)", path: "\(folder)/ground-truth.json")
        }
    }

    private func document(_ fields: String) -> String { #"{"frames": [{"file": "a.jpg", \#(fields)}]}"# }

    @Test(
        "a part that is no list, and a frame without a file or of a file that has one, are refused with the file that says so",
        arguments: [
            ("{}", #""frames" must be a list"#), (#"{"frames": 5}"#, #""frames" must be a list"#),
            (#"{"frames": [{"objects": []}]}"#, #"frames[0] has no "file""#),
            (#"{"frames": [{"file": "", "objects": []}]}"#, #"frames[0] has no "file""#),
            (
                #"{"frames": [{"file": "a.jpg", "objects": []}, {"file": "a.jpg", "objects": []}]}"#,
                #"frames[1]: "file" is a.jpg, which has a frame already"#
            ),
            (#"{"frames": [], "events": 5}"#, #""events" must be a list"#),
            (#"{"frames": [], "actions": [{}]}"#, #"actions[0] has no "file""#), ("{", "invalid JSON at line 1"),
        ])
    func documents(text: String, problem: String) throws {
        let (message, path) = try refusal(of: text) { _ = try GroundTruth(path: "\($0)/ground-truth.json") }
        #expect(message.contains("\(path): \(problem)"), "\(message)")
    }

    @Test(
        "what a frame says of objects and questions is refused with the field that is wrong",
        arguments: [
            (#""light": "dim""#, #""objects" must be a list"#), (#""objects": "x""#, #""objects" must be a list"#),
            (#""objects": null"#, #""objects" must be a list"#), (#""objects": [{}]"#, #"objects[0]: "label""#),
            (#""objects": [5]"#, #"objects[0]: "label""#), (#""objects": [{"label": ""}]"#, #"objects[0]: "label""#),
            (#""objects": [{"label": "lamp"}, {"label": "lamp", "state": 5}]"#, #"objects[1]: "state""#),
            (#""objects": [{"label": "lamp", "where": "above"}]"#, #"objects[0]: "where""#),
            (#""objects": [], "questions": 5"#, #""questions" must be a list"#),
            (#""objects": [], "questions": [5]"#, #"questions[0]: "ask""#),
            (#""objects": [], "questions": [{"ask": "", "answer": {"count": 1}}]"#, #"questions[0]: "ask""#),
            (#""objects": [], "questions": [{"ask": "Count: lamp."}]"#, #"questions[0]: "answer""#),
            (#""objects": [], "questions": [{"ask": "Count: lamp.", "answer": 1}]"#, #"questions[0]: "answer""#),
            (#""objects": [], "questions": [{"ask": "Count: lamp.", "answer": {}}]"#, #"questions[0]: "answer""#),
            (#""objects": [], "questions": [{"ask": "Count: lamp.", "answer": {"number": 1}}]"#, #"questions[0]: "answer""#),
        ])
    func frames(fields: String, problem: String) throws {
        let (message, path) = try refusal(of: document(fields)) { _ = try GroundTruth(path: "\($0)/ground-truth.json") }
        #expect(message.contains("\(path): frame a.jpg: \(problem)"), "\(message)")
    }

    @Test(
        "a box is four numbers within the picture, from left to right and from top to bottom",
        arguments: [
            "null", "{}", "[0.1, 0.2, 0.3]", "[0.1, 0.1, 0.3, 0.3, 0.4]", #"[0.1, 0.1, "x", 0.3, 0.4]"#, "[0.3, 0.1, 0.1, 0.3]",
            "[0.1, 0.3, 0.3, 0.3]", "[0, 0, 1, 1.01]", "[-0.01, 0, 1, 1]", "[-1e308, -1e308, 1e308, 1e308]",
        ])
    func boxes(box: String) throws {
        let (message, _) = try refusal(of: document(#""objects": [{"label": "lamp", "box": \#(box)}]"#)) {
            _ = try GroundTruth(path: "\($0)/ground-truth.json")
        }
        #expect(message.contains(#"frame a.jpg: objects[0]: "box" must be four numbers"#), "\(message)")
    }

    @Test("a whole frame, and one of a box as large as the picture, are taken")
    func valid() throws {
        let objects = #"[{"label": "lamp", "state": "on", "where": "left", "box": [0, 0, 1, 1]}, {"label": "sofa"}]"#
        let questions = #"[{"ask": "Where is the lamp?", "answer": {"where": "left"}}]"#
        let text = document(#""objects": \#(objects), "questions": \#(questions)"#)
        let truth = try TestFiles.use(["ground-truth.json": text]) { try GroundTruth(path: "\($0)/ground-truth.json") }
        #expect(truth.frames["a.jpg"]?["objects"]?.list?.count == 2)
    }

    @Test("scenes are refused before the first picture where the model does not know a label, or has nothing to be compared with")
    func scenes() throws {
        let examiner = try HearthExaminer(path: hearth)
        let rest = #""people": 0, "activity": "none", "light": "dim""#
        let cases = [
            (
                #""objects": [{"label": "lamp"}, {"label": "UFO"}], \#(rest)"#,
                #"objects[1]: "label" is UFO, which the model does not know; `millrace models schema` lists the names"#
            ), (#""objects": [], "activity": "none", "light": "dim""#, #""people" must be a whole number"#),
            (#""objects": [], "people": "1", "activity": "none", "light": "dim""#, #""people" must be a whole number"#),
            (#""objects": [], "people": 1, "activity": null, "light": "dim""#, #""activity" must be text"#),
            (#""objects": [], "people": 1, "activity": "none""#, #""light" must be text"#),
        ]
        for (fields, problem) in cases {
            for isTrial in [false, true] {
                let (message, path) = try refusal(of: document(fields)) { folder in
                    if isTrial {
                        _ = try examiner.trial(in: folder, isCancelled: { false }, progress: { _, _ in })
                    } else {
                        _ = try examiner.scenes(in: folder, isCancelled: { false }, progress: { _, _ in })
                    }
                }
                #expect(message.contains("\(path): frame a.jpg: \(problem)"), "\(message)")
            }
        }
        let (empty, _) = try refusal(of: #"{"frames": []}"#) {
            _ = try examiner.scenes(in: $0, isCancelled: { false }, progress: { _, _ in })
        }
        #expect(empty.contains("lists no frames"))
    }

    @Test("a frame of a set of names has one object, of a name that the model knows")
    func names() throws {
        let examiner = try HearthExaminer(path: hearth)
        let cases = [
            ("[]", "must hold one object in a set of names, not 0"),
            (#"[{"label": "lamp"}, {"label": "sofa"}]"#, "must hold one object in a set of names, not 2"),
            (#"[{"label": "UFO"}]"#, #"objects[0]: "label" is UFO"#),
        ]
        for (objects, problem) in cases {
            let (message, path) = try refusal(of: document(#""objects": \#(objects)"#)) {
                _ = try examiner.names(in: $0, isCancelled: { false }, progress: { _, _ in })
            }
            #expect(message.contains("\(path): frame a.jpg: ") && message.contains(problem), "\(message)")
        }
    }

    @Test("names that a thing is described by are names that the model knows")
    func alike() throws {
        let examiner = try HearthExaminer(path: hearth)
        try TestFiles.use(["like.json": #"{"zork": ["nope"], "void": [], "good": ["lamp"]}"#]) { folder in
            let lists = try NameLists(path: "\(folder)/like.json")
            #expect(try examiner.prototype(of: "good", like: lists) != nil)
            #expect(try examiner.prototype(of: "other", like: lists) == nil)
            for name in ["zork", "void"] {
                let error = try #require(
                    #expect(throws: EvaluationError.self) { try examiner.prototype(of: name, like: lists) })
                #expect("\(error)".contains("\(folder)/like.json: \"\(name)\": "), "\(error)")
            }
        }
    }
}
