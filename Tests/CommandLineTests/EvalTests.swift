import Glibc
import MillTestSupport
import MillValue
import Testing

@Suite("Measuring models")
struct EvalTests {
    private static let reports = ["eval", "ledger", "\(Program.root)/samples/models/ledger/test", "--split", "handwritten"]

    @Test("a master's folder is measured in several precisions and compared, and nothing is left of the files")
    func precisions() throws {
        let folder = try Program.folder()
        let result = try Program.run(
            Self.reports + ["-m", "\(Program.root)/Tests/Oracles/models/ledger", "--precision", "f16,int4"],
            environment: "TMPDIR='\(folder)'")
        #expect(result.code == 0 && result.output.contains("### f16") && result.output.contains("### int4"))
        #expect(result.output.contains("| handwritten: entities, F1 |"))
        #expect(try Oracles.list(folder).isEmpty)
    }

    @Test("a converted file has no other precisions, and an unknown one is refused with those that there are")
    func refusals() throws {
        let samples = "\(Program.root)/samples"
        let converted = try Program.run(
            "eval", "hearth", samples, "--split", "home", "-m", "\(samples)/models/hearth.gguf", "--precision", "f16")
        #expect(converted.code == 2 && converted.output.contains("master's folder"))
        for wrong in ["int3", "f16,f16", "f16,"] {
            let result = try Program.run(Self.reports + ["--precision", wrong])
            #expect(result.code == 2 && result.output.contains("int4"))
        }
    }

    @Test("limits and calibration are chosen on a split and printed as lines for config.json")
    func calibrate() throws {
        let arguments = ["eval", "hearth", "\(Program.root)/samples", "--split", "home", "--calibrate"]
        let lines = try Program.run(arguments)
        #expect(lines.code == 0 && lines.output.contains("\"keep_score\": 0.") && lines.output.contains("| with these values |"))
        let json = try JSON.parse(try Program.run(arguments + ["--json"]).output)
        let (before, after) = (json["before"]?["objects"]?["f1"]?.double, json["after"]?["objects"]?["f1"]?.double)
        #expect(try #require(after) >= (try #require(before)))
        #expect(try #require(json["values"]?["score_scale"]?.double) > 0)
        let both = try Program.run(arguments + ["--speed"])
        #expect(both.code == 2 && both.output.contains("one at a time"))
    }

    @Test("the time of a picture is measured from the file to the JSON, on one thread and on all")
    func speed() throws {
        let arguments = ["eval", "hearth", "\(Program.root)/samples", "--split", "home", "--speed", "--json"]
        let json = try JSON.parse(try Program.run(arguments).output)
        let one = try #require(json["1 thread"])
        #expect(one["pictures"] == 39)
        #expect(try #require(one["total_ms"]?.double) > (try #require(one["vision_ms"]?.double)))
    }

    @Test("names added from pictures and from words are looked for, in a converted file and in a master's folder")
    func added() throws {
        let folder = try Program.folder()
        for part in ["learn", "find"] {
            let place = "\(folder)/tests/added/standard lamp/\(part)"
            for end in ["tests", "tests/added", "tests/added/standard lamp", "tests/added/standard lamp/\(part)"] {
                mkdir("\(folder)/\(end)", 0o700)
            }
            try Program.write(
                try Oracles.bytes("\(Program.root)/samples/home/15-lamp-on.jpg"), to: "\(place)/a.jpg")
            try Program.write(
                #"{"frames": [{"file": "a.jpg", "objects": [{"label": "x", "box": [0, 0, 1, 1]}]}], "events": [], "actions": []}"#,
                to: "\(place)/ground-truth.json")
        }
        try Program.write("{\"standard lamp\": [\"lamp\", \"chair\"]}", to: "\(folder)/tests/added/like.json")
        for model in ["builtin:hearth", "\(Program.root)/samples/models/hearth"] {
            let result = try Program.run("eval", "hearth", "\(folder)/tests", "-m", model)
            #expect(result.code == 0 && result.output.contains("| added from a few pictures |"))
            #expect(result.output.contains("| added from names of other things |"))
            #expect(result.output.contains("| standard lamp | 1 |"))
        }
    }
}
