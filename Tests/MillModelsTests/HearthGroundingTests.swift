import Glibc
import MillModels
import MillTestSupport
import MillValue
import Testing

@Suite("Objects of an answer in the picture")
struct HearthGroundingTests {
    private static let model = "\(Oracles.committed)/models/hearth"

    private func configuration(_ path: String = model) throws -> HearthConfiguration {
        guard case .hearth(let model) = try ModelLoader().load(path: path, tokenizer: false).network else {
            throw ModelError.misuse("\(path) is no hearth model")
        }
        return model.configuration
    }

    /// A slot that shows item `item` of six with half of the certainty, in the left or the right half.
    private func slot(_ item: Int, objectness: Float, left: Bool) -> HearthPicture.Slot {
        let items = (0..<6).map { $0 == item ? Float(0.5) : 0.1 }
        let box = HearthPicture.Box(x1: left ? 0 : 0.5, y1: 0, x2: left ? 0.5 : 1, y2: 1)
        return HearthPicture.Slot(cell: 0, objectness: objectness, box: box, states: [1, 0, 0, 0, 0], items: items)
    }

    /// Labels and scores of the objects that are left of an answer that names a lamp.
    private func objects(_ limits: GroundingLimits, _ calibration: ScoreCalibration) throws -> [(String, Double)] {
        let slots = [slot(1, objectness: 0.8, left: true), slot(0, objectness: 0.6, left: false)]
        let answer: Value = ["objects": [["label": "lamp", "state": "none", "where": "right"]]]
        let grounding = HearthGrounding(try configuration(), limits: limits, calibration: calibration)
        return (grounding.apply(to: answer, slots)["objects"]?.list ?? []).map {
            ($0["label"]?.string ?? "", $0["score"]?.double ?? 0)
        }
    }

    @Test("a score is objectness times probability; what scores enough and was not named is added")
    func plain() throws {
        let found = try objects(GroundingLimits(keep: 0.3, add: 0.3), ScoreCalibration())
        #expect(found.map(\.0) == ["lamp", "chair"])
        #expect(abs(found[0].1 - 0.4) < 1e-6 && abs(found[1].1 - 0.3) < 1e-6)
        #expect(try objects(GroundingLimits(keep: 0.41, add: 0.31), ScoreCalibration()).map(\.0) == ["lamp"])
    }

    @Test("calibration changes scores, and the limits hold for what it makes of them")
    func calibrated() throws {
        // logit(0.4) = -0.405: times 2 and 1 more is 0.189.
        let calibration = ScoreCalibration(scale: 2, shift: 1)
        let found = try objects(GroundingLimits(keep: 0.5, add: 0.5), calibration)
        #expect(found.map(\.0) == ["lamp"])
        #expect(abs(found[0].1 - 1 / (1 + exp(-0.18907))) < 1e-4)
        #expect(try objects(GroundingLimits(keep: 0.5, add: 0.3), calibration).map(\.0) == ["lamp", "chair"])
    }

    /// What becomes of an answer to a question, of slots that show two lamps and a chair.
    private func answer(_ answer: Value, to ask: String, limit: Float? = 0.25) throws -> Value {
        let configuration = try configuration()
        let slots = [
            slot(1, objectness: 0.8, left: false), slot(1, objectness: 0.6, left: true), slot(0, objectness: 0.7, left: false),
        ]
        let question = try #require(HearthQuestion(ask, configuration))
        return HearthGrounding(configuration, limits: GroundingLimits(ask: limit)).apply(to: answer, of: question, slots)
    }

    @Test("whether, where and how often a thing is there follows from the slots that show it")
    func questions() throws {
        #expect(try answer(["answer": "no"], to: "Is there a lamp?") == ["answer": "yes"])
        #expect(try answer(["answer": "yes"], to: "Do you see a sofa?") == ["answer": "no"])
        #expect(try answer(["where": "left"], to: "Where is the chair?") == ["where": "right"])
        #expect(try answer(["where": "left"], to: "Find the sofa.") == ["answer": "not visible"])
        #expect(try answer(["count": 1], to: "How many: lamp?") == ["count": 2])
        #expect(try answer(["count": 5], to: "How many sofa are there?") == ["count": 0])
        #expect(try answer(["state": "on"], to: "Is the lamp on?") == ["state": "on"])
        #expect(try answer(["state": "on"], to: "State of the sofa?") == ["answer": "not visible"])
        #expect(try answer(["answer": "no"], to: "Is there a lamp?", limit: 0.9) == ["answer": "no"])
        #expect(try answer(["count": 5], to: "Count: lamp.", limit: nil) == ["count": 5])
        // What is no answer to such a question, or more than it, stays.
        #expect(try answer(["answer": "no"], to: "Is the lamp on?") == ["answer": "no"])
        #expect(try answer(["count": 5, "state": "ok"], to: "How many: lamp?") == ["count": 5, "state": "ok"])
        #expect(try answer("text", to: "Is there a lamp?") == "text")
    }

    @Test(
        "questions are known by their form, whatever the case and the article, on a line of their own",
        arguments: [
            ("is there any LAMP", "is there any lamp"),
            (
                "Home: lamp=on, tv=off\nWhere is the Sofa in the picture?",
                "Home: lamp=on, tv=off\nWhere is the sofa in the picture?"
            ),
            ("\n How many: washing machine? ", "\n How many: washing machine? "),
            ("What state is the tv in?", "What state is the tv in?"),
        ])
    func asking(instruction: String, known: String) throws {
        #expect(HearthQuestion(instruction, try configuration())?.instruction == known)
    }

    @Test(
        "other sentences about a thing are left to the model",
        arguments: [
            "Describe the scene.", "Describe the lamp.", "How many people are on the sofa?", "Is the sofa empty?",
            "Do you see somebody on the sofa?",
            "Is there a unicorn?", "Is there a lamp beside the sofa?", "Is there a lamp?\nIs there a sofa?", "", "Is there a",
            "Find the",
        ])
    func otherSentences(instruction: String) throws {
        #expect(HearthQuestion(instruction, try configuration()) == nil)
    }

    @Test("calibration is read from config.json and from a GGUF file, and a scale that turns the order round is refused")
    func configured() throws {
        var template = Array("/tmp/millrace-grounding-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        defer {
            for name in (try? Oracles.list(folder)) ?? [] { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
        for name in ["model.safetensors", "tokenizer.json"] { symlink("\(Self.model)/\(name)", "\(folder)/\(name)") }
        func write(_ changes: ValueMap) throws {
            var config = try #require(try Oracles.json("\(Self.model)/config.json").map)
            for (key, value) in changes { config[key] = value }
            let bytes = Array(Value.map(config).json().utf8)
            let file = try #require(fopen("\(folder)/config.json", "w"))
            defer { fclose(file) }
            #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
        }
        #expect(try configuration().calibration == ScoreCalibration())
        try write(["score_scale": 1.5, "score_shift": -2])
        #expect(try configuration(folder).calibration == ScoreCalibration(scale: 1.5, shift: -2))
        try ModelConverter(folder: folder).write(to: "\(folder)/more.gguf", precision: .f16)
        #expect(try configuration("\(folder)/more.gguf").calibration == ScoreCalibration(scale: 1.5, shift: -2))
        try write(["score_scale": -1])
        let error = #expect(throws: ModelError.self) { try configuration(folder) }
        #expect("\(try #require(error))".contains("score_scale"))
    }
}
