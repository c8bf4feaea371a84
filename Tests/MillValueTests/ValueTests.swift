import MillValue
import Testing

@Suite("Values, quantities and suggestions")
struct ValueTests {
    @Test("accessors give nil for other kinds")
    func accessors() {
        let value: Value = ["a": [1, 2.0, "x", true, .null]]
        #expect(value["a"]?[1]?.int == 2)
        #expect(value["a"]?[0]?.double == 1)
        #expect(value["a"]?[5] == nil)
        #expect(value["a"]?[-1] == nil)
        #expect(value["b"] == nil)
        #expect(value["a"]?["k"] == nil)
        #expect(Value.double(1.5).int == nil)
        #expect(Value.double(1e300).int == nil)
        #expect(value["a"]?.list?.map(\.kind) == ["integer", "number", "string", "boolean", "null"])
    }

    @Test("maps keep the order in which keys were first set, and compare without it")
    func maps() {
        var map: ValueMap = ["b": 1, "a": 2]
        map["c"] = 3
        map["b"] = 4
        #expect(map.keys == ["b", "a", "c"])
        map["b"] = nil
        map["b"] = 5
        #expect(map.keys == ["a", "c", "b"])
        #expect(map == ["b": 5, "c": 3, "a": 2])
        #expect(Set([Value.map(map), ["b": 5, "c": 3, "a": 2]]).count == 1)
    }

    @Test("keys are the same when their code points are")
    func keys() throws {
        let angstrom = try JSON.parse(#"{"\u00c5": 1, "\u212b": 2, "A\u030a": 3}"#)
        #expect(angstrom.map?.count == 3)
        #expect(angstrom["\u{212b}"]?.int == 2)
        var map = try #require(angstrom.map)
        map["\u{c5}"] = nil
        #expect(map.keys.map { Array($0.unicodeScalars) } == [["\u{212b}"], ["A", "\u{30a}"]])
    }

    @Test(
        "durations",
        arguments: [("250ms", 0.25), ("5s", 5), ("1.5s", 1.5), ("2m", 120), ("1h", 3600), ("0s", 0), ("10us", 1e-5), ("5 s", 5)])
    func durations(text: String, seconds: Double) throws {
        #expect(abs(try #require(Duration(text: text)).inSeconds - seconds) < 1e-12)
    }

    @Test("no durations", arguments: ["", "5", "s", "-1s", "5 days", "nans", "infs", "1e12s", "five s", "5sec"])
    func noDurations(text: String) { #expect(Duration(text: text) == nil) }

    @Test("rates", arguments: [("2Hz", 2.0), ("0.5Hz", 0.5), ("12/min", 0.2), ("1/h", 1.0 / 3600), ("4e-8Hz", 4e-8)])
    func rates(text: String, hertz: Double) throws {
        let rate = try #require(Rate(text: text))
        #expect(abs(rate.hertz - hertz) < 1e-12)
        #expect(abs(rate.period.inSeconds - 1 / hertz) < 1e-6)
    }

    @Test("no rates", arguments: ["0Hz", "-1Hz", "2", "Hz", "nanHz", "2 per second", "1e9Hz", "1e-300Hz", "1e-19Hz", "1e-5/h"])
    func noRates(text: String) { #expect(Rate(text: text) == nil) }

    @Test(
        "the closest name is suggested if it is close enough",
        arguments: [
            ("lable", ["label", "state"], "label"), ("imgae", ["image", "images"], "image"),
            ("threshhold", ["threshold"], "threshold"), ("x", ["y"], "y"),
            ("x", ["yz"], nil), ("camera", ["kitchen", "door"], nil), ("a", [], nil), ("Naem", ["name"], nil),
            ("colour", ["color"], "color"),
        ] as [(String, [String], String?)])
    func suggestions(name: String, candidates: [String], expected: String?) {
        #expect(Suggestion.closest(to: name, among: candidates) == expected)
    }

    @Test("names of any length are compared quickly")
    func longNames() {
        let long = String(repeating: "a", count: 1_000_000)
        #expect(Suggestion.closest(to: long, among: [long + "b"]) == nil)
        #expect(Suggestion.closest(to: "a", among: [long, "b"]) == "b")
    }
}
