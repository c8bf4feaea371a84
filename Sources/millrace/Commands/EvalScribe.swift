import ArgumentParser
import MillEvaluation
import MillModels
import MillValue

struct EvalScribe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scribe", abstract: "Measure a text model and its adapters.",
        discussion: """
            DIR holds perplexity-KIND.jsonl with texts, baseline.json with the perplexity of a 5-gram model on them, and TASK.jsonl \
            with prompts and answers (docs/models/scribe.md); the folder adapters beside it has one adapter for each TASK.
            """)

    @Argument(help: ArgumentHelp("The folder of the test sets; by default the one in the model's folder.", valueName: "dir"))
    var data: String?

    @Option(name: .shortAndLong, help: ArgumentHelp(ModelOptions.places))
    var model = "builtin:scribe"

    @OptionGroup var options: EvalOptions

    private static let textPrefix = "perplexity-"
    private static let ending = ".jsonl"

    func run() async throws {
        // Before test sets are looked for in its folder.
        try ScribeExaminer.check(path: model)
        let data = try folder()
        let found = try Folder.contents(of: data).filter { $0.hasSuffix(Self.ending) }
            .map { String($0.dropLast(Self.ending.count)) }
        guard !found.isEmpty else {
            throw Failure.usage("\(data): no test sets (\(Self.textPrefix)KIND.jsonl, TASK.jsonl) in it")
        }
        let splits = try options.chosen(among: found, in: data)
        let texts = try splits.filter { $0.hasPrefix(Self.textPrefix) }.map { split in
            (
                name: String(split.dropFirst(Self.textPrefix.count)),
                documents: try ScribeTestSet(path: "\(data)/\(split).jsonl").documents()
            )
        }
        let tasks = try splits.filter { !$0.hasPrefix(Self.textPrefix) }.map { split in
            (name: split, tasks: try ScribeTestSet(path: "\(data)/\(split).jsonl").tasks())
        }
        let baseline = try Folder.names(in: data).contains("baseline.json") ? ScribeBaseline(path: "\(data)/baseline.json") : nil
        let adapters = "\(data)/../adapters"
        try options.run(model: model) { model in
            let examiner = try ScribeExaminer(path: model)
            for task in tasks { try examiner.check(task.tasks) }
            let isCancelled = { @Sendable in Interrupts.happened }
            func progress(_ name: String) -> (Int, Int) -> Void { { Console.progress("\(name): \($0) of \($1)") } }
            let domains = try texts.map { text in
                let surprise = try examiner.surprise(
                    of: text.documents, isCancelled: isCancelled, progress: progress(text.name))
                return ScribeReport.Domain(
                    name: text.name, surprise: surprise,
                    fiveGram: try baseline?.perplexity(of: text.name, tokenCount: surprise.tokenCount))
            }
            let answered = try tasks.map { task in
                func scores(_ adapter: LoRAAdapter?, _ title: String) throws -> TaskScores {
                    try examiner.answers(
                        to: task.tasks, adapter: adapter, isCancelled: isCancelled, progress: progress("\(task.name), \(title)"))
                }
                var adapted: TaskScores?
                if Folder.names(in: adapters).contains(task.name) {
                    adapted = try scores(try examiner.adapter(path: "\(adapters)/\(task.name)"), "adapter")
                }
                return ScribeReport.Task(name: task.name, base: try scores(nil, "base"), adapted: adapted)
            }
            Console.endProgress()
            return ScribeReport(domains: domains, tasks: answered)
        }
    }

    private func folder() throws -> String {
        if let data { return data }
        guard let folder = try ModelLocation.folder(of: model) else {
            throw Failure.usage("\(model) is no folder with test sets in it; name the folder of the test sets")
        }
        return "\(folder)/test"
    }
}
