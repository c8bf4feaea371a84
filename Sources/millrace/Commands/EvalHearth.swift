import ArgumentParser
import Glibc
import MillCompute
import MillEvaluation
import MillModels

struct EvalHearth: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hearth", abstract: "Measure a vision-language model on pictures whose truth is known.",
        discussion: """
            DIR holds one folder per split with pictures and ground-truth.json (docs/models/hearth.md): scenes; names-VIEW with one \
            thing per picture; added/NAME/learn and added/NAME/find. Tools/train-hearth/testsets.py makes them.
            """)

    @Argument(help: ArgumentHelp("The folder of the test sets.", valueName: "dir"))
    var data: String

    @Option(name: .shortAndLong, help: ArgumentHelp(ModelOptions.places))
    var model = "builtin:hearth"

    @Flag(
        help: """
            Choose keep_score, add_score, ask_score, score_scale and score_shift for config.json on the first split of scenes \
            (validation unless --split says otherwise), and nothing else.
            """)
    var calibrate = false

    @Flag(help: "Measure how long a picture of the first split of scenes takes, on one thread and on all, and nothing else.")
    var speed = false

    @OptionGroup var options: EvalOptions

    func validate() throws {
        guard !(calibrate && speed) else { throw ValidationError("--calibrate and --speed are measured one at a time") }
    }

    func run() async throws {
        let splits = try splits()
        if speed {
            let folder = "\(data)/\(try firstScenes(splits))"
            try options.run(model: model) { try times(of: $0, folder) }
        } else if calibrate {
            let wanted = options.split == nil && splits.contains("validation") ? "validation" : try firstScenes(splits)
            try options.run(model: model) { model in
                let trial = try HearthExaminer(path: model).trial(
                    in: "\(data)/\(wanted)", isCancelled: { Interrupts.happened }, progress: Self.progress(wanted))
                Console.endProgress()
                return trial.choose()
            }
        } else {
            try options.run(model: model) { try report(on: splits, model: $0) }
        }
    }

    private func report(on splits: [String], model: String) throws -> HearthReport {
        let groups = try Self.lists("\(data)/groups.json").map { NameGroups($0) }
        let examiner = try HearthExaminer(path: model)
        var scenes: [(String, SceneResult)] = []
        var names: [(String, NameResult)] = []
        var added: (pictures: [(String, AddedResult)], names: [(String, AddedResult)]) = ([], [])
        for split in splits {
            let folder = "\(data)/\(split)"
            let isCancelled = { Interrupts.happened }
            if split == "added" {
                added = try findAdded(examiner, folder, model)
            } else if split.hasPrefix("names") {
                names.append(
                    (split, try examiner.names(in: folder, isCancelled: isCancelled, progress: Self.progress(split))))
            } else {
                scenes.append(
                    (split, try examiner.scenes(in: folder, isCancelled: isCancelled, progress: Self.progress(split))))
            }
            Console.endProgress()
        }
        return HearthReport(scenes: scenes, names: names, added: added.pictures, described: added.names, groups: groups)
    }

    private func times(of model: String, _ folder: String) throws -> HearthSpeed {
        let all = try Compute()
        return HearthSpeed(
            try (all.threadCount == 1 ? [all] : [try Compute(threads: 1), all]).map { compute in
                try HearthExaminer(path: model, compute: compute)
                    .speed(in: folder, count: 40, isCancelled: { Interrupts.happened })
            })
    }

    private static func progress(_ split: String) -> (Int, Int) -> Void {
        { done, all in Console.progress("\(split): \(done) of \(all)") }
    }

    private func firstScenes(_ splits: [String]) throws -> String {
        guard let split = splits.first(where: { $0 != "added" && !$0.hasPrefix("names") }) else {
            throw Failure.usage("\(data): no split of scenes; \(splits.joined(separator: ", ")) are of single things")
        }
        return split
    }

    /// The lists of names in a file; nil without the file.
    private static func lists(_ path: String) throws -> NameLists? { try access(path, F_OK) == 0 ? NameLists(path: path) : nil }

    private func splits() throws -> [String] {
        let found = try Folder.contents(of: data).filter {
            $0 == "added" || Folder.names(in: "\(data)/\($0)").contains("ground-truth.json")
        }
        guard !found.isEmpty else { throw Failure.usage("\(data): no folders with a ground-truth.json in it") }
        return try options.chosen(among: found, in: data)
    }

    private func findAdded(
        _ examiner: HearthExaminer, _ folder: String, _ model: String
    ) throws -> (pictures: [(String, AddedResult)], names: [(String, AddedResult)]) {
        let names = Folder.names(in: folder).filter { name in
            Folder.names(in: "\(folder)/\(name)").contains { $0 == "learn" || $0 == "find" }
        }
        guard !names.isEmpty else { throw Failure.usage("\(folder): no names in it (NAME/learn and NAME/find)") }
        let alike = try Self.lists("\(folder)/like.json")
        return try TemporaryFolder.use { temporary in
            // Names are added to files; a master's folder becomes one first.
            var base = try ModelLocation.resolve(model)
            if !base.hasSuffix(".gguf") {
                try ModelConverter(folder: base).write(to: "\(temporary)/base.gguf", precision: .f16)
                base = "\(temporary)/base.gguf"
            }
            func measure(_ name: String, _ prototype: HearthPrototype) throws -> (String, AddedResult) {
                guard !Interrupts.happened else { throw CancellationError() }
                Console.progress("added: \(name)")
                return (
                    name,
                    try HearthExaminer.measure(
                        adding: name, prototype, to: base, file: "\(temporary)/added.gguf", find: "\(folder)/\(name)/find")
                )
            }
            return (
                try names.map { try measure($0, try examiner.prototype(of: "\(folder)/\($0)/learn")) },
                try names.compactMap { name in
                    guard let alike, let prototype = try examiner.prototype(of: name, like: alike) else { return nil }
                    return try measure(name, prototype)
                }
            )
        }
    }
}
