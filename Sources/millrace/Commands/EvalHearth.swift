import ArgumentParser
import MillEvaluation
import MillModels
import MillValue

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
        let splits = try splits()
        try options.run(model: model) { try report(on: splits, model: $0) }
    }

    private func report(on splits: [String], model: String) throws -> HearthReport {
        let examiner = try HearthExaminer(path: model)
        var scenes: [(String, SceneResult)] = []
        var names: [(String, NameResult)] = []
        var added: [(String, Score)] = []
        for split in splits {
            let folder = "\(data)/\(split)"
            let progress = { (done: Int, all: Int) in Console.progress("\(split): \(done) of \(all)") }
            let isCancelled = { Interrupts.happened }
            if split == "added" {
                added = try findAdded(examiner, folder, model)
            } else if split.hasPrefix("names") {
                names.append((split, try examiner.names(in: folder, isCancelled: isCancelled, progress: progress)))
            } else {
                scenes.append((split, try examiner.scenes(in: folder, isCancelled: isCancelled, progress: progress)))
            }
            Console.endProgress()
        }
        return HearthReport(scenes: scenes, names: names, added: added)
    }

    private func splits() throws -> [String] {
        let found = Folder.names(in: data).filter {
            $0 == "added" || Folder.names(in: "\(data)/\($0)").contains("ground-truth.json")
        }
        guard !found.isEmpty else { throw Failure.usage("\(data): no folders with a ground-truth.json in it") }
        return try options.chosen(among: found, in: data)
    }

    private func findAdded(_ examiner: HearthExaminer, _ folder: String, _ model: String) throws -> [(String, Score)] {
        try TemporaryFolder.use { temporary in
            // Names are added to files; a master's folder becomes one first.
            var base = try ModelLocation.resolve(model)
            if !base.hasSuffix(".gguf") {
                try ModelConverter(folder: base).write(to: "\(temporary)/base.gguf", precision: .f16)
                base = "\(temporary)/base.gguf"
            }
            return try Folder.names(in: folder).map { name in
                guard !Interrupts.happened else { throw CancellationError() }
                Console.progress("added: \(name)")
                return (
                    name,
                    try examiner.findsAdded(
                        name, learn: "\(folder)/\(name)/learn", find: "\(folder)/\(name)/find", model: base,
                        file: "\(temporary)/added.gguf")
                )
            }
        }
    }
}
