import Glibc
import MillInference
import MillModels
import MillSchema
import MillTestSupport
import MillValue
import Testing

@Suite("Boxes and scores of an answer's objects")
struct GroundingTests {
    private func ground(
        _ json: String, limits: GroundingLimits = GroundingLimits(), bounds: SceneBounds = SceneBounds()
    ) throws -> (answer: Value, slots: [HearthPicture.Slot], model: HearthModel) {
        let host = try ModelHost(path: Oracles.committed("models/hearth"))
        guard case .hearth(let model) = host.model.network else { throw ModelError.misuse("no hearth model") }
        let picture = try Picture.random(host)
        return (model.ground(try JSON.parse(json), in: picture, limits: limits, bounds: bounds), picture.slots, model)
    }

    @Test("each object gets the best slot that is still free")
    func bestSlots() throws {
        let (answer, slots, model) = try ground(#"{"objects":[{"label":"lamp"},{"label":"lamp"},{"label":"tv"}],"people":1}"#)
        let objects = try #require(answer["objects"]?.list)
        let lamp = try #require(model.configuration.itemNames.firstIndex(of: "lamp"))
        let scores = slots.map { Double($0.objectness * $0.items[lamp]) }.sorted(by: >)
        #expect(objects[0]["score"]?.double == scores[0])
        #expect(objects[1]["score"]?.double == scores[1])
        #expect(objects[0]["box"] != objects[1]["box"])
        #expect(answer["people"] == 1)
        for object in objects {
            let box = try #require(object["box"]?.list).compactMap(\.double)
            #expect(box.count == 4 && box.allSatisfy { (0...1).contains($0) } && box[0] <= box[2] && box[1] <= box[3])
        }
    }

    @Test("what the picture side does not back is left out, what it is sure of is added, and nothing is shown twice")
    func limits() throws {
        let nothing = try ground(#"{"objects":[{"label":"lamp"}]}"#, limits: GroundingLimits(keep: 1)).answer
        #expect(nothing["objects"]?.list?.isEmpty == true)
        let (answer, slots, model) = try ground(#"{"objects":[]}"#, limits: GroundingLimits(add: 0))
        let objects = try #require(answer["objects"]?.list)
        #expect((1...slots.count).contains(objects.count))
        #expect(objects[0]["label"]?.string == model.configuration.itemNames[slots[0].item])
        for (index, object) in objects.enumerated() {
            for other in objects[..<index] where other["label"] == object["label"] {
                let a = try #require(object["box"]?.list).compactMap(\.double)
                let b = try #require(other["box"]?.list).compactMap(\.double)
                let shared = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
                #expect(shared < 0.5 * min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])))
            }
        }
    }

    @Test("what is added keeps to the labels, states and number of objects that the schema allows")
    func bounds() throws {
        let (open, _, model) = try ground(#"{"objects":[]}"#, limits: GroundingLimits(add: 0))
        let free = try #require(open["objects"]?.list)
        let (label, state) = (model.configuration.itemNames.sorted()[0], model.configuration.states[1])
        var schema = model.configuration.sceneSchema(labels: [label])
        let all = try ground(#"{"objects":[]}"#, limits: GroundingLimits(add: 0), bounds: SceneBounds(schema: schema)).answer
        let named = try #require(all["objects"]?.list)
        #expect(!named.isEmpty && named.allSatisfy { $0["label"]?.string == label })
        #expect(free.contains { $0["label"]?.string != label })
        schema = [
            "properties": [
                "objects": ["maxItems": 1, "items": ["properties": ["state": ["enum": [.string(state)]]]]]
            ]
        ]
        let one = try ground(#"{"objects":[]}"#, limits: GroundingLimits(add: 0), bounds: SceneBounds(schema: schema)).answer
        #expect(try #require(one["objects"]?.list).map { $0["state"]?.string } == [state])
        let none = try ground(
            #"{"objects":[]}"#, limits: GroundingLimits(add: 0),
            bounds: SceneBounds(schema: model.configuration.sceneSchema(labels: ["dragon"])))
        #expect(none.answer["objects"]?.list?.isEmpty == true)
    }

    @Test("labels that are no item, objects beyond the slots and other answers stay as they are")
    func others() throws {
        #expect(try ground(#"{"objects":[{"label":"dragon"}]}"#).answer["objects"]?[0]?["box"] == nil)
        let many = #"{"objects":["# + Array(repeating: #"{"label":"sofa"}"#, count: 6).joined(separator: ",") + "]}"
        #expect(try ground(many).answer["objects"]?[5]?["score"] == nil)
        #expect(try ground(#"{"answer":"yes"}"#).answer == ["answer": "yes"])
    }

    /// A host of the tiny model with `ask_score` in its configuration.
    private func host(askScore: Double?, in folder: String) throws -> ModelHost {
        let source = try Oracles.committed("models/hearth")
        for name in ["model.safetensors", "tokenizer.json"] {
            guard symlink("\(source)/\(name)", "\(folder)/\(name)") == 0 else { throw ModelError.misuse("symlink") }
        }
        var config = try #require(try JSON.parse(String(decoding: Oracles.bytes("\(source)/config.json"), as: UTF8.self)).map)
        config["ask_score"] = askScore.map { .double($0) }
        let file = try #require(fopen("\(folder)/config.json", "w"))
        fputs(Value.map(config).json(), file)
        fclose(file)
        return try ModelHost(path: folder)
    }

    @Test(
        "the limit of the configuration decides what questions are answered with, as far as the schema allows it",
        arguments: [0, 1, nil])
    func askScore(_ limit: Double?) throws {
        var template = Array("/tmp/millrace-ask-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        defer {
            for name in ["model.safetensors", "tokenizer.json", "config.json"] { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
        let host = try host(askScore: limit, in: folder)
        let picture = try Picture.random(host)
        func answer(_ ask: String, _ schema: Value) throws -> (said: Value, grounded: Value) {
            let options = GenerationOptions(constraint: try host.constraint(schema: JSONSchema(schema)))
            let answer = try host.groundedAnswer(ask, about: picture, options)
            return (try JSON.parse(answer.generation.text), answer.value)
        }
        func only(_ field: String, _ value: Value) -> Value {
            ["type": "object", "properties": [field: value], "required": [.string(field)], "additionalProperties": false]
        }
        let open = try answer("Is there a lamp?", only("answer", ["enum": ["yes", "no"]]))
        #expect(open.grounded == (limit == nil ? open.said : ["answer": limit == 0 ? "yes" : "no"]))
        let count = try answer("How many: lamp?", only("count", ["type": "integer", "minimum": 0, "maximum": 9]))
        if limit == 1 { #expect(count.grounded == ["count": 0]) } else { #expect(count.grounded["count"] != nil) }
        // Where the schema knows no other answer, and where it is no such question, the answer stays.
        #expect(try answer("Is there a lamp?", only("answer", ["const": "no"])).grounded == ["answer": "no"])
        let other = try answer("Is the lamp a good one?", only("answer", ["enum": ["yes", "no"]]))
        #expect(other.grounded == other.said)
        // What the picture shows has a place; what it does not show has none.
        let place = try host.groundedAnswer("Where is the lamp?", about: picture).value
        if limit == 1 { #expect(place["where"] == nil) }
    }

    @Test("probabilities of a slot sum up to one")
    func probabilities() throws {
        for slot in try ground("{}").slots {
            #expect(abs(slot.items.reduce(0, +) - 1) < 1e-5)
            #expect(abs(slot.states.reduce(0, +) - 1) < 1e-5)
            #expect((0...1).contains(slot.objectness))
        }
    }
}
