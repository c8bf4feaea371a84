import Glibc
import MillTestSupport
import Testing

@Suite("Model files that commands write")
struct OutputTests {
    private static let models = "\(Program.root)/samples/models"

    /// Starts the program; its standard error can be read line by line.
    private static func start(_ arguments: String...) throws -> ChildProcess { try start(arguments) }

    private static func start(_ arguments: [String]) throws -> ChildProcess {
        let shell = ["/bin/sh", "-c", "exec \"$0\" \"$@\" >/dev/null", Program.path]
        return try ChildProcess(shell + arguments, isGuarded: false)
    }

    /// A new folder with a small model of the ledger family in `model`.
    private static func folder() throws -> String {
        let folder = try Program.folder()
        try #require(mkdir("\(folder)/model", 0o700) == 0)
        for name in ["config.json", "model.safetensors"] {
            let bytes = try Oracles.bytes(try Oracles.committed("models/ledger/\(name)"))
            try Program.write(bytes, to: "\(folder)/model/\(name)")
        }
        return folder
    }

    @Test("a model is never converted over one of its own files")
    func ownFiles() throws {
        let folder = try Self.folder()
        try #require(symlink("model/config.json", "\(folder)/link.gguf") == 0)
        for output in ["model/config.json", "model/model.safetensors", "link.gguf"] {
            let path = "\(folder)/\(output)"
            let before = try Oracles.bytes(path)
            let result = try Program.run("models", "convert", "\(folder)/model", "-o", path)
            #expect(result.code == 1 && result.output.contains("of the model that is converted"))
            #expect(try Oracles.bytes(path) == before)
        }
        // A GGUF file beside them is none of them.
        for _ in 1...2 {
            #expect(try Program.run("models", "convert", "\(folder)/model", "-o", "\(folder)/model/q8.gguf").code == 0)
        }
    }

    @Test("a wrong place is told in the words of the user")
    func places() throws {
        let folder = try Self.folder()
        try #require(mkfifo("\(folder)/pipe", 0o600) == 0)
        let missing = "\(folder)/missing"
        for (output, problem) in [
            ("\(missing)/x.gguf", "the folder \(missing) does not exist"), ("", "the file has no name"),
            ("\(folder)/pipe", "it is a pipe"), (folder, "it is a folder"),
        ] {
            let result = try Program.run("models", "convert", "\(folder)/model", "-o", output)
            #expect(result.code == 1 && result.output.contains(problem) && !result.output.contains(".part"))
        }
        #expect(try Oracles.list(folder) == ["model", "pipe"])
    }

    @Test("builtin:NAME is converted from the folder of its master")
    func builtin() throws {
        let output = "\(try Program.folder())/x.gguf"
        #expect(try Program.run("models", "convert", "builtin:ledger", "-o", output).code == 0)
        #expect(try Oracles.bytes(output) == Oracles.bytes("\(Self.models)/ledger.gguf"))
    }

    @Test("a name is not written over a picture that it is learned from")
    func pictures() throws {
        let folder = try Program.folder()
        let picture = "\(folder)/lamp.jpg"
        let bytes = try Oracles.bytes("\(Program.root)/samples/home/15-lamp-on.jpg")
        try Program.write(bytes, to: picture)
        let result = try Program.run("models", "items", "add", "garden dwarf", "--pictures", folder, "-o", picture)
        #expect(result.code == 2 && result.output.contains("one of the pictures"))
        #expect(try Oracles.bytes(picture) == bytes)
    }

    @Test(
        "a conversion that is interrupted or killed and gone on with gives the file of one that was not",
        arguments: [SIGINT, SIGTERM, SIGKILL])
    func interrupted(number: Int32) throws {
        let folder = try Program.folder()
        let command = ["models", "convert", "\(Self.models)/scribe", "-o", "\(folder)/x.gguf", "--precision", "q4_k_m"]
        let run = try Self.start(command)
        // Until something is in the making or, on a machine that was busy with others, whole.
        var tries = 0
        while tries < 5_000_000, try Oracles.list(folder).isEmpty {
            tries += 1
            sched_yield()
        }
        run.signal(number)
        while run.outputLine() != nil {}
        let status = run.end()
        #expect(status == 0 || status == (number == SIGKILL ? SIGKILL : 130 << 8))
        let left = Set(try Oracles.list(folder))
        #expect(status == 0 ? left == ["x.gguf"] : left.isSubset(of: ["x.gguf.part", "x.gguf.part.log"]))
        if status != 0 {
            let resumed = try Program.run(command + ["--resume"])
            #expect(resumed.code == 0, "\(resumed.output)")
        }
        let bytes = try Oracles.bytes("\(folder)/x.gguf")
        #expect(try Program.run(command).code == 0)
        #expect(try Oracles.bytes("\(folder)/x.gguf") == bytes)
        #expect(try Oracles.list(folder) == ["x.gguf"])
    }

    @Test("convert says what falls back, merge and perplexity work on the result, and mistakes are told")
    func precisions() throws {
        let folder = try Program.folder()
        let (scribe, text) = ("\(Self.models)/scribe", "\(folder)/text.txt")
        try Program.write(Array(try Oracles.bytes("\(Program.root)/README.md").prefix(6000)), to: text)
        let small = try Program.run(
            "models", "convert", scribe, "-o", "\(folder)/a.gguf", "--precision", "q4_k_s", "--calibrate", text, "--save-imatrix",
            "\(folder)/i.gguf", "--verify", text, "--context", "64")
        #expect(small.code == 0 && small.output.contains("rows of 384 are no whole number of blocks"), "\(small.output)")
        #expect(small.output.contains("KL divergence") && small.output.contains("before  perplexity"))
        let again = try Program.run(
            "models", "convert", scribe, "-o", "\(folder)/b.gguf", "--precision", "Q4_K_S", "--imatrix", "\(folder)/i.gguf")
        #expect(again.code == 0, "\(again.output)")
        #expect(try Oracles.bytes("\(folder)/a.gguf") == Oracles.bytes("\(folder)/b.gguf"))
        let adapter = "\(scribe)/adapters/tools"
        let merged = try Program.run(
            "models", "merge", scribe, "--adapter", "\(adapter)@0.5", "-o", "\(folder)/m.gguf", "--verify", text, "-c", "64")
        #expect(merged.code == 0 && merged.output.contains("the likeliest token is the same for"), "\(merged.output)")
        let measured = try Program.run("perplexity", "-m", "\(folder)/m.gguf", text, "--context", "64", "--json")
        #expect(measured.code == 0 && measured.output.contains("\"perplexity\": "))
        let refused: [([String], String)] = [
            (["models", "convert", "\(folder)/a.gguf", "-o", "\(folder)/c.gguf"], "--allow-requantize"),
            (["models", "convert", scribe, "-o", "\(folder)/c.gguf", "--precision", "q9"], "q9"),
            (["models", "merge", scribe, "--adapter", "\(folder)/none", "-o", "\(folder)/c.gguf"], "an adapter is a folder"),
            (["models", "convert", scribe, "-o", "\(folder)/c.gguf", "--imatrix", text], "importance matrix"),
            (["perplexity", "-m", scribe, text, "--context", "4000"], "choose shorter ones"),
            (["perplexity", "-m", scribe, "\(folder)/none"], "none"),
        ]
        for (arguments, message) in refused {
            let result = try Program.run(arguments)
            #expect(result.code == 2 && result.output.contains(message), "\(result.code) \(result.output)")
        }
    }

    @Test("what would be found wrong at the end is found before anything is written")
    func checkedBefore() throws {
        let folder = try Program.folder()
        let (scribe, short, other) = ("\(Self.models)/scribe", "\(folder)/short.txt", "\(folder)/other.gguf")
        try Program.write("Too short.", to: short)
        let verified = try Program.run("models", "convert", scribe, "-o", "\(folder)/c.gguf", "--verify", short)
        #expect(verified.code == 2 && verified.output.contains("choose shorter ones"), "\(verified.output)")
        #expect(verified.output.contains("nothing was written"))
        // The matrix of a model with other sizes.
        let text = "\(folder)/text.txt"
        try Program.write(Array(try Oracles.bytes("\(Program.root)/README.md").prefix(6000)), to: text)
        let made = try Program.run(
            "models", "convert", "\(Oracles.committed)/models/glm_edge", "-o", other, "--precision", "q4_0", "--calibrate", text,
            "--context", "64", "--save-imatrix", "\(folder)/i.gguf")
        #expect(made.code == 0, "\(made.output)")
        let mixed = try Program.run(
            "models", "convert", scribe, "-o", "\(folder)/c.gguf", "--precision", "q4_k_m", "--imatrix", "\(folder)/i.gguf")
        #expect(
            mixed.code == 2 && mixed.output.contains("another model") && mixed.output.contains("--imatrix"), "\(mixed.output)")
        #expect(try Set(Oracles.list(folder)) == ["short.txt", "text.txt", "other.gguf", "i.gguf"])
    }

    @Test("an adapter's folder becomes a GGUF adapter under which the model answers the same")
    func adapter() throws {
        let folder = try Program.folder()
        let (scribe, file) = ("\(Self.models)/scribe", "\(folder)/tools.gguf")
        let adapter = "\(scribe)/adapters/tools"
        let unnamed = try Program.run("models", "convert", adapter, "-o", file)
        #expect(unnamed.code == 2 && unnamed.output.contains("--base") && unnamed.output.contains("scribe"), "\(unnamed.output)")
        let made = try Program.run("models", "convert", adapter, "-o", file, "--base", scribe)
        #expect(made.code == 0 && made.output.contains("an adapter of"), "\(made.output)")
        func answer(_ path: String) throws -> String {
            let result = try Program.run(
                "generate", "-m", scribe, "--adapter", path, "--max-tokens", "24", "Turn on the lamp in the kitchen.")
            #expect(result.code == 0)
            return result.output
        }
        #expect(try answer(file) == answer(adapter))
        let refused: [([String], String)] = [
            (["--precision", "q8_0"], "--precision is for models"), (["--verify", file], "--verify is for models"),
            (["--base", "\(Oracles.committed)/models/glm_edge"], "is to be changed by"),
            (["--base", "\(folder)/none"], "no model at"),
        ]
        for (more, message) in refused {
            let result = try Program.run(["models", "convert", adapter, "-o", "\(folder)/x.gguf"] + more)
            #expect(result.code == 2 && result.output.contains(message), "\(result.output)")
        }
        let plain = try Program.run("models", "convert", scribe, "-o", "\(folder)/x.gguf", "--base", scribe)
        #expect(plain.code == 2 && plain.output.contains("--base is for adapters"))
        #expect(try Oracles.list(folder) == ["tools.gguf"])
    }

    @Test("two runs that add to one file at the same time leave both names in it")
    func together() throws {
        let folder = try Program.folder()
        let model = "\(folder)/model.gguf"
        try Program.write(try Oracles.bytes("\(Self.models)/hearth.gguf"), to: model)
        let descriptor = open(model, O_RDWR | O_CLOEXEC)
        defer { close(descriptor) }
        try #require(flock(descriptor, LOCK_EX) == 0)
        let runs = try ["garden dwarf", "robot mower"].map { name in
            try Self.start("models", "items", "add", name, "--like", "lamp", "-m", model, "-o", model)
        }
        // Both have come to the lock before either of them reads the file.
        for run in runs { #expect(try #require(run.outputLine()).hasPrefix("waiting for another run")) }
        try #require(flock(descriptor, LOCK_UN) == 0)
        for run in runs {
            while run.outputLine() != nil {}
            #expect(run.end() == 0)
        }
        let names = try Program.run("models", "items", "list", "-m", model).output
        #expect(names.contains("\ngarden dwarf\n") && names.contains("\nrobot mower\n"))
        #expect(try Oracles.list(folder) == ["model.gguf"])
    }
}
