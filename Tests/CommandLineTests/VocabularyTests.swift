import MillTestSupport
import MillValue
import Testing

@Suite("Measuring and extending the model of the box")
struct VocabularyTests {
    @Test("eval prints the tables of the pictures that come along, and the same as JSON")
    func eval() throws {
        let tables = try Program.run("eval", "hearth", "\(Program.root)/samples", "--split", "home")
        #expect(tables.code == 0)
        #expect(tables.output.contains("| home | 39 | 215 |"))
        let json = try JSON.parse(
            try Program.run("eval", "hearth", "\(Program.root)/samples", "--split", "home", "--json").output)
        #expect(try #require(json["scenes"]?["home"]?["objects"]?["f1"]?.double) > 0.7)
    }

    @Test("a split that is not there is refused with those that are")
    func unknownSplit() throws {
        let result = try Program.run("eval", "hearth", "\(Program.root)/samples", "--split", "attic")
        #expect(result.code == 2 && result.output.contains("attic") && result.output.contains("home"))
    }

    @Test("a folder of test sets that does not exist is told so, not called empty", arguments: ["hearth", "ledger", "scribe"])
    func missingFolder(family: String) throws {
        let result = try Program.run("eval", family, "\(try Program.folder())/missing")
        #expect(result.code == 2 && result.output.contains("missing: it does not exist"))
    }

    @Test("a thing learned from pictures is a name of the new file, which answers as before")
    func add() throws {
        let folder = try Program.folder()
        for name in ["01-morning.jpg", "02-morning-open-window.jpg"] {
            let picture = try Oracles.bytes("\(Program.root)/samples/home/\(name)")
            try Program.write(Array(picture), to: "\(folder)/\(name)")
        }
        let model = "\(folder)/more.gguf"
        let result = try Program.run("models", "items", "add", "garden dwarf", "--pictures", folder, "-o", model)
        #expect(result.code == 0 && result.output.contains("'garden dwarf' learned from 2 pictures; 1023 names"))
        #expect(result.output.contains("eight from different sides are a good number"))
        #expect(try Program.run("models", "items", "list", "-m", model).output.hasSuffix("crab\ngarden dwarf\n"))
        let schema = try JSON.parse(try Program.run("models", "schema", "-m", model, "garden dwarf", "lamp").output)
        let labels = schema["properties"]?["objects"]?["items"]?["properties"]?["label"]?["enum"]
        #expect(labels == ["garden dwarf", "lamp"])
        let question = ["generate", "-m", model, "--image", "\(folder)/01-morning.jpg", "Is there a lamp?"]
        #expect(try Program.run(question).output.contains("\"answer\""))
    }

    @Test("a thing without pictures is guessed from known things that it looks like")
    func like() throws {
        let model = "\(try Program.folder())/more.gguf"
        let add = ["models", "items", "add", "standard lamp", "-o", model]
        let result = try Program.run(add + ["--like", "lamp, chair"])
        #expect(result.code == 0 && result.output.contains("the looks of lamp and chair; 1023 names"))
        #expect(try Program.run("models", "items", "list", "-m", model).output.hasSuffix("crab\nstandard lamp\n"))
        let same = try Program.run(add + ["--like", "lamp"])
        #expect(same.code == 0 && same.output.contains("will be mixed up"))
        let unknown = try Program.run(add + ["--like", "lamp, chiar"])
        #expect(unknown.code == 2 && unknown.output.contains("did you mean 'chair'"))
        let twice = try Program.run(add + ["--like", "lamp, lamp"])
        #expect(twice.code == 2 && twice.output.contains("'lamp' twice"))
        let both = try Program.run(add + ["--like", "lamp", "--pictures", "\(Program.root)/samples/home"])
        #expect(both.code == 2 && both.output.contains("either --pictures or --like"))
        #expect(try Program.run(add).code == 2)
    }

    @Test("a name that is taken, a folder without pictures and an unknown label are refused")
    func refusals() throws {
        let folder = try Program.folder()
        let empty = try Program.run("models", "items", "add", "garden dwarf", "--pictures", folder, "-o", "\(folder)/x.gguf")
        #expect(empty.code == 2 && empty.output.contains("no JPEG or PNG"))
        let home = "\(Program.root)/samples/home"
        let places = [("\(folder)/none", "it does not exist"), ("\(home)/15-lamp-on.jpg", "is a file; a folder")]
        for (pictures, problem) in places {
            let wrong = try Program.run(
                "models", "items", "add", "garden dwarf", "--pictures", pictures, "-o", "\(folder)/x.gguf")
            #expect(wrong.code == 2 && wrong.output.contains(problem))
        }
        let taken = try Program.run("models", "items", "add", "lamp", "--pictures", home, "-o", "\(folder)/x.gguf")
        #expect(taken.code == 2 && taken.output.contains("'lamp' already"))
        let reserved = try Program.run("models", "items", "add", "scene", "--like", "lamp", "-o", "\(folder)/x.gguf")
        #expect(reserved.code == 2 && reserved.output.contains("for something else"))
        let master = try Program.run(
            "models", "items", "add", "garden dwarf", "--like", "lamp", "-m", "\(Program.root)/samples/models/hearth", "-o",
            "\(folder)/x.gguf")
        #expect(master.code == 2 && master.output.contains("millrace models convert"))
        #expect(try Oracles.list(folder).isEmpty)
        #expect(try Program.run("models", "schema", "unicorn").code == 2)
    }
}
