import ArgumentParser
import Glibc
import MillImage
import MillInference
import MillModels
import MillTensor
import MillValue

struct ModelsItems: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "items", abstract: "The kinds of things that a vision-language model knows by name.",
        subcommands: [ModelsItemsList.self, ModelsItemsAdd.self])
}

struct ModelsItemsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Print the names, one per line.")

    @Option(name: .shortAndLong, help: ArgumentHelp(ModelOptions.places))
    var model = "builtin:hearth"

    func run() async throws {
        guard case .hearth(let network) = try ModelLoader().load(path: model, tokenizer: false).network else {
            throw Failure.usage("\(model) has no item vocabulary; hearth models do")
        }
        for name in network.configuration.itemNames { print(name) }
    }
}

struct ModelsItemsAdd: AsyncParsableCommand {
    /// Learned from fewer, a thing is told from others badly.
    private static let fewestPictures = 4

    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Teach a model a kind of thing without training: from a few pictures, or by what it looks like.",
        discussion: """
            millrace models items add "robot lawn mower" --pictures mower/ -o garden.gguf
            millrace models items add "robot lawn mower" --like "robot vacuum, lawn mower" -o garden.gguf

            Every picture should show the thing larger and clearer than anything else, from different sides; eight are a good \
            number. The file given with -o is the model with one more name; use it in pipelines like any other model. It may \
            be the one given with -m: the name is then added to it, and a second run that comes meanwhile waits.

            A name is made of letters, digits, hyphens, apostrophes and single spaces. It cannot be one that the model has, in \
            small letters or capitals, nor a word of the instructions and answers, such as scene, left or light.

            --like is for when there are no pictures at all, and weak: it puts the name in the middle between things that the \
            model knows, which mostly keep the better score. Of two dozen things, each told by two known names, the new name \
            came first in fewer than one picture in twenty and was among the first five in one of six; learned from eight \
            pictures it came first in nine of ten.
            """)

    @Argument(help: "What the thing is called.")
    var name: String

    @Option(help: ArgumentHelp("A folder of JPEG and PNG pictures.", valueName: "dir"))
    var pictures: String?

    @Option(help: ArgumentHelp("Known things that it looks like, separated by commas.", valueName: "names"))
    var like: String?

    @Option(name: .shortAndLong, help: "The GGUF file to start from, or builtin:NAME.")
    var model = "builtin:hearth"

    @Option(name: .shortAndLong, help: "The GGUF file to write.")
    var output: String

    func validate() throws {
        guard (pictures == nil) != (like == nil) else {
            throw ValidationError("give either --pictures or --like: a thing is learned from one of them")
        }
    }

    func run() async throws {
        // Interrupts are observed only then, so that one ends a run that waits at once.
        try FileLock.hold(output) {
            Interrupts.observe { _ in }
            try add()
        }
    }

    private func add() throws {
        let host = try ModelHost(path: model)
        guard case .hearth(let network) = host.model.network else {
            throw Failure.usage("\(model) has no item vocabulary; hearth models do")
        }
        var vocabulary = try HearthVocabulary(path: model)
        let name = try Self.checked { try vocabulary.label(self.name) }
        let (prototype, source) =
            if let pictures { try learned(from: pictures, host, network) } else { try guessed(from: like ?? "", network) }
        try vocabulary.add(name, prototype.embedding)
        if prototype.nearest.similarity > 0.8 {
            let alike = "\(prototype.nearest.name)' (\(Self.percent(prototype.nearest.similarity)))"
            Console.warning("it looks much like '\(alike), which the model knows already; the two will be mixed up")
        }
        guard try vocabulary.write(to: output, isCancelled: { Interrupts.happened }) else { throw Failure.interrupted }
        print("\(output): '\(name)' learned from \(source); \(vocabulary.names.count) names")
    }

    private func learned(from pictures: String, _ host: ModelHost, _ network: HearthModel) throws -> (HearthPrototype, String) {
        let files = try Folder.contents(of: pictures).filter(Self.isPicture)
        guard !files.isEmpty else { throw Failure.usage("--pictures \(pictures): no JPEG or PNG files in it") }
        for file in files where ModelFile.isSame(output, "\(pictures)/\(file)") {
            throw Failure.usage("-o \(output) is one of the pictures; choose another name")
        }
        var looks: [HearthPicture] = []
        for file in files {
            guard !Interrupts.happened else { throw Failure.interrupted }
            looks.append(try host.look(at: Self.pixels("\(pictures)/\(file)")))
        }
        let prototype = try network.prototype(of: looks)
        for (file, agreement) in zip(files, prototype.agreement) where agreement < 0.5 {
            Console.warning(
                "\(file) looks unlike the others (\(Self.percent(agreement))); does it show the thing, large and clear?")
        }
        let count = files.count == 1 ? "1 picture" : "\(files.count) pictures"
        if files.count < Self.fewestPictures {
            Console.line("note: \(count) may not be enough to know it by; eight from different sides are a good number")
        }
        return (prototype, count)
    }

    private func guessed(from list: String, _ network: HearthModel) throws -> (HearthPrototype, String) {
        let names = list.split(separator: ",").map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        guard !names.isEmpty else { throw Failure.usage("--like: name at least one thing that the model knows") }
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            throw Failure.usage("--like names '\(name)' twice; name each thing once")
        }
        return (try Self.checked { try network.prototype(like: names) }, "the looks of \(names.joined(separator: " and "))")
    }

    /// What is wrong with the arguments is wrong usage.
    private static func checked<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch ModelError.misuse(let message) { throw Failure.usage(message) }
    }

    private static func isPicture(_ name: String) -> Bool {
        [".jpg", ".jpeg", ".png"].contains { name.lowercased().hasSuffix($0) }
    }

    private static func pixels(_ path: String) throws -> Tensor {
        do {
            return try ImageDecoder.decode(try StoragePool.default.read(path: path)).pixels
        } catch { throw Failure.usage("\(path): \(error)") }
    }

    private static func percent(_ value: Float) -> String { "\(Int((value * 100).rounded())) %" }
}

struct ModelsSchema: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print a JSON Schema of what a vision-language model answers about a scene.",
        discussion: "Name labels to narrow it: a home that needs ten kinds of things is served best with those ten.")

    @Option(name: .shortAndLong, help: ArgumentHelp(ModelOptions.places))
    var model = "builtin:hearth"

    @Argument(help: "The labels that may be named; by default all.")
    var labels: [String] = []

    func run() async throws {
        guard case .hearth(let network) = try ModelLoader().load(path: model, tokenizer: false).network else {
            throw Failure.usage("\(model) answers without a scene's schema; hearth models have one")
        }
        let configuration = network.configuration
        for label in labels where !configuration.itemNames.contains(label) {
            throw Failure.usage("the model knows no '\(label)'; `millrace models items list` prints what it knows")
        }
        print(configuration.sceneSchema(labels: labels.isEmpty ? nil : labels).json(pretty: true))
    }
}
