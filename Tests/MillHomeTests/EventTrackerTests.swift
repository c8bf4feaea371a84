import MillHome
import MillValue
import Testing

/// A scene with one object per label, with boxes where given.
func scene(_ objects: [Value], people: Int? = nil, light: String? = nil) -> Value {
    var map: ValueMap = ["objects": .list(objects)]
    map["people"] = people.map { .int($0) }
    map["light"] = light.map { .string($0) }
    return .map(map)
}

func object(_ label: String, _ state: String? = nil, where position: String? = nil, box: [Double]? = nil, score: Double? = nil)
    -> Value
{
    var map: ValueMap = ["label": .string(label)]
    map["state"] = state.map { .string($0) }
    map["where"] = position.map { .string($0) }
    map["box"] = box.map { .list($0.map { .double($0) }) }
    map["score"] = score.map { .double($0) }
    return .map(map)
}

/// `new person`, `end lamp`…
func summary(_ events: [Value]) -> [String] {
    events.map { "\($0["type"]?.string ?? "?") \($0["after"]?["label"]?.string ?? "?")" }
}

@Suite("Event tracker")
struct EventTrackerTests {
    func tracker(_ configuration: Value = ["enter": "3 frames", "leave": "5s"]) throws -> EventTracker {
        try EventTracker(configuration: configuration)
    }

    @Test("an object is new after three frames in a row and gone after five seconds without it")
    func life() throws {
        var tracker = try tracker()
        let person = scene([object("person", box: [0.1, 0.1, 0.3, 0.9], score: 0.9)])
        #expect(try tracker.observe(person, camera: "porch", at: 0).isEmpty)
        #expect(try tracker.observe(person, camera: "porch", at: 1).isEmpty)
        let new = try tracker.observe(person, camera: "porch", at: 2)
        #expect(summary(new) == ["new person"])
        #expect(new[0]["after"]?["start_time"] == 0.0)
        #expect(new[0]["after"]?["end_time"] == .null)
        #expect(new[0]["after"]?["camera"] == "porch")
        #expect(new[0]["after"]?["false_positive"] == false && new[0]["before"]?["false_positive"] == true)
        #expect(new[0]["scene"]?["objects"]?.list?.count == 1)
        #expect(try tracker.observe(scene([]), camera: "porch", at: 6).isEmpty)
        let end = try tracker.observe(scene([]), camera: "porch", at: 7)
        #expect(summary(end) == ["end person"])
        #expect(end[0]["after"]?["end_time"] == 2.0)
        #expect(end[0]["after"]?["id"] == new[0]["after"]?["id"])
        #expect(end[0]["scene"]?["objects"]?.list?.isEmpty == true)
    }

    @Test("the same recording gives the same ids, another camera others")
    func ids() throws {
        func id(_ camera: String, _ frame: String = "1.jpg", at time: Double = 12.25) throws -> String? {
            var tracker = try tracker(["enter": "1 frame"])
            let events = try tracker.observe(scene([object("cat")]), camera: camera, frame: frame, at: time)
            return events[0]["after"]?["id"]?.string
        }
        #expect(try id("a") == id("a", at: 99))
        #expect(try id("a") != id("b"))
        #expect(try id("a") != id("a", "2.jpg"))
        #expect(try id("a")?.hasPrefix("a-") == true)
    }

    @Test("a score below the threshold keeps an object out until the median is above it")
    func threshold() throws {
        var tracker = try tracker(["enter": "2 frames", "threshold": 0.6])
        func see(_ score: Double, at time: Double) throws -> [String] {
            summary(try tracker.observe(scene([object("cat", box: [0, 0, 1, 1], score: score)]), camera: "c", at: time))
        }
        #expect(try see(0.3, at: 0).isEmpty)
        #expect(try see(0.8, at: 1).isEmpty)
        #expect(try see(0.9, at: 2) == ["new cat"])
    }

    @Test("entering may be a time instead of a number of frames")
    func enterByTime() throws {
        var tracker = try tracker(["enter": "1s", "leave": "2 frames"])
        let cat = scene([object("cat", where: "left")])
        #expect(try tracker.observe(cat, camera: "c", at: 0).isEmpty)
        #expect(try tracker.observe(cat, camera: "c", at: 0.5).isEmpty)
        #expect(try summary(tracker.observe(cat, camera: "c", at: 1)) == ["new cat"])
        #expect(try tracker.observe(scene([]), camera: "c", at: 1.1).isEmpty)
        #expect(try summary(tracker.observe(scene([]), camera: "c", at: 1.2)) == ["end cat"])
    }

    @Test("a changed state is an update once it settled, with both states in it")
    func stateChange() throws {
        var tracker = try tracker(["enter": "1 frame", "settle": "2 frames"])
        func see(_ state: String, at time: Double) throws -> [Value] {
            try tracker.observe(scene([object("lamp", state, where: "left")]), camera: "c", at: time)
        }
        #expect(try summary(see("off", at: 0)) == ["new lamp"])
        #expect(try see("on", at: 1).isEmpty)
        #expect(try see("off", at: 2).isEmpty)
        #expect(try see("on", at: 3).isEmpty)
        let update = try see("on", at: 4)
        #expect(summary(update) == ["update lamp"])
        #expect(update[0]["before"]?["state"] == "off" && update[0]["after"]?["state"] == "on")
    }

    @Test("a significant move is an update, a trembling box is none")
    func move() throws {
        var tracker = try tracker(["enter": "1 frame", "settle": "2 frames", "move": 0.2])
        func see(_ x: Double, at time: Double) throws -> [String] {
            summary(try tracker.observe(scene([object("cat", box: [x, 0.4, x + 0.2, 0.6])]), camera: "c", at: time))
        }
        #expect(try see(0.1, at: 0) == ["new cat"])
        for (frame, x) in [0.12, 0.09, 0.14, 0.1].enumerated() { #expect(try see(x, at: Double(frame + 1)).isEmpty) }
        #expect(try see(0.6, at: 6).isEmpty)
        #expect(try see(0.61, at: 7) == ["update cat"])
        #expect(try see(0.6, at: 8).isEmpty)
    }

    @Test("two objects of a label are told apart by their boxes, and by their place where there are none")
    func twoOfAKind() throws {
        for withBoxes in [true, false] {
            var tracker = try tracker(["enter": "1 frame", "leave": "1 frame"])
            func cup(_ x: Double, _ place: String) -> Value {
                object("cup", where: place, box: withBoxes ? [x, 0.1, x + 0.1, 0.2] : nil)
            }
            let both = try tracker.observe(scene([cup(0.1, "left"), cup(0.8, "right")]), camera: "c", at: 0)
            #expect(summary(both) == ["new cup", "new cup"])
            #expect(try tracker.observe(scene([cup(0.8, "right"), cup(0.1, "left")]), camera: "c", at: 1).isEmpty)
            let end = try tracker.observe(scene([cup(0.8, "right")]), camera: "c", at: 2)
            #expect(summary(end) == ["end cup"])
            #expect(end[0]["after"]?["where"] == "left")
        }
    }

    @Test("the scene's own attributes settle and make events like an object's state")
    func attributes() throws {
        var tracker = try tracker(["settle": "2 frames"])
        #expect(tracker.scene(camera: "c")["light"] == .null)
        #expect(try tracker.observe(scene([], people: 0, light: "bright"), camera: "c", at: 0).isEmpty)
        #expect(try summary(tracker.observe(scene([], people: 0, light: "bright"), camera: "c", at: 1)) == ["new scene"])
        #expect(try tracker.observe(scene([], people: 0, light: "dark"), camera: "c", at: 2).isEmpty)
        let update = try tracker.observe(scene([], people: 0, light: "dark"), camera: "c", at: 3)
        #expect(summary(update) == ["update scene"])
        #expect(update[0]["before"]?["light"] == "bright" && update[0]["after"]?["light"] == "dark")
        #expect(update[0]["scene"]?["light"] == "dark" && update[0]["scene"]?["people"] == 0)
    }

    @Test("time alone ends only what the last frame no longer showed")
    func advance() throws {
        var tracker = try tracker(["enter": "1 frame", "leave": "5s"])
        _ = try tracker.observe(scene([object("cat", where: "left"), object("dog", where: "left")]), camera: "c", at: 0)
        _ = try tracker.observe(scene([object("cat", where: "left")]), camera: "c", at: 1)
        #expect(tracker.advance(to: 4).isEmpty)
        #expect(summary(tracker.advance(to: 100)) == ["end dog"])
        #expect(summary(tracker.finish()) == ["end cat"])
    }

    @Test("only the labels asked for make events")
    func labels() throws {
        var tracker = try tracker(["enter": "1 frame", "labels": ["person"]])
        #expect(try summary(tracker.observe(scene([object("person"), object("cat")]), camera: "c", at: 0)) == ["new person"])
    }

    @Test("a time that runs backwards does no harm, and one that is no number is refused")
    func badTimes() throws {
        var tracker = try tracker(["enter": "2 frames"])
        _ = try tracker.observe(scene([object("cat")]), camera: "c", at: 10)
        #expect(try summary(tracker.observe(scene([object("cat")]), camera: "c", at: 5)) == ["new cat"])
        #expect(throws: HomeError.self) { _ = try tracker.observe(scene([]), camera: "c", at: .nan) }
    }

    @Test(
        "a malformed scene is refused with the place, and changes nothing",
        arguments: [
            ("[1]", "expected an object"), (#"{"objects": 3}"#, "'objects' must be an array"),
            (#"{"objects": [{"state": "on"}]}"#, "objects[0] needs a 'label'"),
            (#"{"objects": [{"label": "a", "box": [1, 2, 3]}]}"#, "objects[0].box"),
            (#"{"objects": [{"label": "a", "box": [5, 0, 1, 1]}]}"#, "objects[0].box"),
        ])
    func malformed(json: String, message: String) throws {
        var tracker = try tracker()
        let value = try JSON.parse(json)
        let error = #expect(throws: HomeError.self) { _ = try tracker.observe(value, camera: "c", at: 0) }
        #expect(error?.description.contains(message) == true)
    }

    @Test("wrong settings are reported all at once, with suggestions")
    func configuration() throws {
        let error = #expect(throws: HomeError.self) {
            _ = try EventTracker(configuration: ["enter": "3 frame s", "leve": "5s", "threshold": 2])
        }
        guard case .configuration(let issues) = error else { return }
        #expect(issues.map(\.path) == [["enter"], ["threshold"], ["leve"]])
        #expect(issues[2].suggestion == "leave")
    }
}

@Suite("Event tracker under jitter")
struct EventTrackerJitterTests {
    /// A fixed sequence for each seed.
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state ^ (state >> 29)) &* 0x9e37_79b9_7f4a_7c15
        }
    }

    @Test("an object that stays makes one event, however boxes tremble, words change and frames drop out", arguments: 0..<60)
    func stays(seed: Int) throws {
        var random = Generator(state: UInt64(seed) &* 7919 &+ 1)
        let withBoxes = seed.isMultiple(of: 2)
        var tracker = try EventTracker(configuration: ["enter": "3 frames", "leave": "5s", "settle": "4 frames"])
        var events: [Value] = []
        var missingSince: Double?
        for frame in 0..<400 {
            let time = Double(frame) * 0.5
            var objects: [Value] = []
            for (label, x) in [("person", 0.2), ("lamp", 0.7)] {
                // Missing now and then, but never as long as it takes to be gone.
                let isMissing =
                    frame > 3 && Double.random(in: 0...1, using: &random) < 0.3 && (missingSince.map { time - $0 < 3 } ?? true)
                if isMissing {
                    missingSince = missingSince ?? time
                    continue
                }
                missingSince = nil
                let shift = Double.random(in: -0.03...0.03, using: &random)
                let place = Bool.random(using: &random) ? "left" : "centre"
                objects.append(
                    object(
                        label, Double.random(in: 0...1, using: &random) < 0.1 ? "on" : "off", where: withBoxes ? nil : place,
                        box: withBoxes ? [x + shift, 0.3, x + 0.2 + shift, 0.8] : nil, score: withBoxes ? 0.8 : nil))
            }
            events += try tracker.observe(scene(objects.shuffled(using: &random)), camera: "c", at: time)
        }
        events += tracker.finish()
        for label in ["person", "lamp"] {
            let own = events.filter { $0["after"]?["label"]?.string == label }
            #expect(own.filter { $0["type"] == "new" }.count == 1)
            #expect(own.filter { $0["type"] == "end" }.count == 1)
            #expect(Set(own.compactMap { $0["after"]?["id"]?.string }).count == 1)
        }
    }

    @Test("whatever a model says, every end has its new, and ids are unique", arguments: 0..<40)
    func consistency(seed: Int) throws {
        var random = Generator(state: UInt64(seed) &* 104_729 &+ 3)
        var tracker = try EventTracker(configuration: ["enter": "2 frames", "leave": "2 frames", "settle": "1 frame"])
        var open: Set<String> = []
        var seen: Set<String> = []
        func check(_ events: [Value]) throws {
            for event in events where event["after"]?["label"] != "scene" {
                let id = try #require(event["after"]?["id"]?.string)
                switch event["type"]?.string {
                case "new":
                    #expect(seen.insert(id).inserted)
                    open.insert(id)
                case "update": #expect(open.contains(id))
                case "end": #expect(open.remove(id) != nil)
                default: Issue.record("unknown type")
                }
            }
        }
        for frame in 0..<200 {
            let objects = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                let x = Double.random(in: 0...0.8, using: &random)
                return object(
                    ["cat", "dog"].randomElement(using: &random) ?? "cat",
                    ["on", "off", nil].randomElement(using: &random) ?? nil,
                    where: ["left", "right", nil].randomElement(using: &random) ?? nil,
                    box: Bool.random(using: &random) ? [x, x, x + 0.2, x + 0.2] : nil)
            }
            try check(
                tracker.observe(scene(objects, people: Int.random(in: 0...2, using: &random)), camera: "c", at: Double(frame)))
            #expect(tracker.scene(camera: "c")["objects"]?.list?.count == open.count)
        }
        try check(tracker.finish())
        #expect(open.isEmpty)
    }
}
