import ArgumentParser
import Glibc
import MillEvaluation
import MillModels
import MillValue

struct Eval: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a model on test sets and print the tables of its card.",
        subcommands: [EvalHearth.self, EvalLedger.self])
}

/// What all evaluations take.
struct EvalOptions: ParsableArguments {
    @Option(help: "Only these splits, separated by commas.")
    var split: String?

    @Flag(help: "Print JSON on standard output instead of tables.")
    var json = false

    /// The splits that `--split` names, or all.
    func chosen(among found: [String], in data: String) throws -> [String] {
        guard let split else { return found }
        let wanted = split.split(separator: ",").map(String.init)
        for name in wanted where !found.contains(name) {
            throw Failure.usage("--split \(name): there is no such folder in \(data); there are \(found.joined(separator: ", "))")
        }
        return wanted
    }
}

struct EvalHearth: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hearth", abstract: "Measure a vision-language model on pictures whose truth is known.",
        discussion: """
            DIR holds one folder per split with pictures and ground-truth.json (docs/models/hearth.md): scenes; names-VIEW with one \
            thing per picture; added/NAME/learn and added/NAME/find. Tools/train-hearth/testsets.py makes them.
            """)

    @Argument(help: ArgumentHelp("The folder of the test sets.", valueName: "dir"))
    var data: String

    @Option(name: .shortAndLong, help: "A folder, a .gguf file, or builtin:NAME.")
    var model = "builtin:hearth"

    @OptionGroup var options: EvalOptions

    func run() async throws {
        Interrupts.observe { _ in }
        let splits = try splits()
        let examiner = try HearthExaminer(path: model)
        var scenes: [(String, SceneResult)] = []
        var names: [(String, NameResult)] = []
        var added: [(String, Score)] = []
        do {
            for split in splits {
                let folder = "\(data)/\(split)"
                let progress = { (done: Int, all: Int) in Console.progress("\(split): \(done) of \(all)") }
                if split == "added" {
                    added = try findAdded(examiner, folder)
                } else if split.hasPrefix("names") {
                    names.append(
                        (split, try examiner.names(in: folder, isCancelled: { Interrupts.happened }, progress: progress)))
                } else {
                    scenes.append(
                        (split, try examiner.scenes(in: folder, isCancelled: { Interrupts.happened }, progress: progress)))
                }
                Console.endProgress()
            }
        } catch is CancellationError {
            Console.endProgress()
            throw Failure.interrupted
        }
        let report = HearthReport(scenes: scenes, names: names, added: added)
        print(options.json ? report.value.json(pretty: true) : report.markdown)
    }

    private func splits() throws -> [String] {
        let found = Folder.names(in: data).filter {
            $0 == "added" || Folder.names(in: "\(data)/\($0)").contains("ground-truth.json")
        }
        guard !found.isEmpty else { throw Failure.usage("\(data): no folders with a ground-truth.json in it") }
        return try options.chosen(among: found, in: data)
    }

    private func findAdded(_ examiner: HearthExaminer, _ folder: String) throws -> [(String, Score)] {
        let file = "\(Folder.temporary)/millrace-added-\(getpid()).gguf"
        defer { unlink(file) }
        return try Folder.names(in: folder).map { name in
            guard !Interrupts.happened else { throw CancellationError() }
            Console.progress("added: \(name)")
            return (
                name,
                try examiner.findsAdded(
                    name, learn: "\(folder)/\(name)/learn", find: "\(folder)/\(name)/find", model: model, file: file)
            )
        }
    }
}
