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

    @Test(
        "a choice of test sets that names none, one twice or an unknown one is refused",
        arguments: [
            (",", "a name is missing"), ("handwritten,", "a name is missing"), ("", "a name is missing"),
            ("handwritten,handwritten", "name each set once"), ("unseen,nowhere", "no such set"),
        ])
    func splits(split: String, problem: String) throws {
        let result = try Program.run(Array(Self.reports.dropLast()) + [split])
        #expect(result.code == 2 && result.output.contains("--split") && result.output.contains(problem))
    }

    @Test(
        "a model of another kind is told so before test sets are looked for",
        arguments: [
            ("scribe", "hearth", "is a hearth model, not one of text"), ("ledger", "scribe", "reads no reports"),
        ])
    func otherKind(command: String, model: String, problem: String) throws {
        let result = try Program.run("eval", command, "-m", "builtin:\(model)")
        #expect(result.code == 2 && result.output.contains(problem))
    }

    @Test("a missing model, and test sets that are not valid, end with exit code 2 and the place of what is wrong")
    func invalid() throws {
        let folder = try Program.folder()
        try #require(["views", "adapters", "adapters/chat"].allSatisfy { mkdir("\(folder)/\($0)", 0o700) == 0 })
        try Program.write(try Oracles.bytes("\(Program.root)/samples/home/15-lamp-on.jpg"), to: "\(folder)/views/a.jpg")
        let ask = String(repeating: "Is there a lamp? ", count: 3000)
        try Program.write(
            """
            {"frames": [{"file": "a.jpg", "objects": [], "people": 0, "activity": "none", "light": "dim",
             "questions": [{"ask": "\(ask)", "answer": {"answer": "no"}}]}]}
            """, to: "\(folder)/views/ground-truth.json")
        try Program.write("a\n{zz|x}", to: "\(folder)/a.txt")
        try Program.write(#"{"prompt": "a", "answer": "b"}"#, to: "\(folder)/views/chat.jsonl")
        for (arguments, problem) in [
            (["hearth", folder], "views/ground-truth.json: frame a.jpg: questions[0]: \"ask\" is too long"),
            (["ledger", folder], "a.txt: line 2: a brace that is no mark"),
            (["scribe", "\(folder)/views"], "adapter_config.json"),
            (["scribe", "\(folder)/views", "-m", "\(folder)/none.gguf"], "no model at \(folder)/none.gguf"),
            (["hearth", folder, "-m", "\(folder)/a.txt"], "is not a GGUF file"),
        ] {
            let result = try Program.run(["eval"] + arguments)
            #expect(result.code == 2 && result.output.contains(problem), "\(result.output)")
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

    /// A new folder with one test set in the folder `tests`: pictures to learn a name from and to find it in.
    private static func added(_ name: String) throws -> String {
        let folder = try Program.folder()
        for part in ["learn", "find"] {
            let place = "\(folder)/tests/added/\(name)/\(part)"
            for end in ["tests", "tests/added", "tests/added/\(name)", "tests/added/\(name)/\(part)"] {
                mkdir("\(folder)/\(end)", 0o700)
            }
            try Program.write(
                try Oracles.bytes("\(Program.root)/samples/home/15-lamp-on.jpg"), to: "\(place)/a.jpg")
            try Program.write(
                #"{"frames": [{"file": "a.jpg", "objects": [{"label": "x", "box": [0, 0, 1, 1]}]}], "events": [], "actions": []}"#,
                to: "\(place)/ground-truth.json")
        }
        return folder
    }

    @Test("names to add that are none, known already or told by unknown ones are refused with their place")
    func refusedNames() throws {
        let folder = try Program.folder()
        mkdir("\(folder)/added", 0o700)
        let none = try Program.run("eval", "hearth", folder)
        #expect(none.code == 2 && none.output.contains("\(folder)/added: no names in it"))
        let known = try Program.run("eval", "hearth", "\(try Self.added("lamp"))/tests")
        #expect(known.code == 2 && known.output.contains("added/lamp/find is no test set: there is an item 'lamp' already"))
        let like = try Self.added("standard lamp")
        try Program.write("{\"standard lamp\": [\"nope\"]}", to: "\(like)/tests/added/like.json")
        let unknown = try Program.run("eval", "hearth", "\(like)/tests")
        #expect(unknown.code == 2 && unknown.output.contains("added/like.json: \"standard lamp\": the model knows no 'nope'"))
        try Program.write("{\"a\": 5}", to: "\(like)/tests/groups.json")
        let groups = try Program.run("eval", "hearth", "\(like)/tests")
        #expect(groups.code == 2 && groups.output.contains("tests/groups.json: \"a\" must be a list of names"))
    }

    @Test("names added from pictures and from words are looked for, in a converted file and in a master's folder")
    func added() throws {
        let folder = try Self.added("standard lamp")
        try Program.write("{\"standard lamp\": [\"lamp\", \"chair\"]}", to: "\(folder)/tests/added/like.json")
        for model in ["builtin:hearth", "\(Program.root)/samples/models/hearth"] {
            let result = try Program.run("eval", "hearth", "\(folder)/tests", "-m", model)
            #expect(result.code == 0 && result.output.contains("| added from a few pictures |"))
            #expect(result.output.contains("| added from names of other things |"))
            #expect(result.output.contains("| standard lamp | 1 |"))
        }
    }
}
