import ArgumentParser
import MillEvaluation
import MillModels
import MillValue

struct EvalLedger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Measure a model that reads reports on annotated ones.",
        discussion: """
            DIR holds reports (.txt) with marks {code ids|text} around what is to be found (docs/models/ledger.md), or one folder \
            of them per split. Without it the model's own test sets are read: the folder test beside its configuration.
            """)

    @Argument(help: ArgumentHelp("The folder of the reports.", valueName: "dir"))
    var data: String?

    @Option(name: .shortAndLong, help: ArgumentHelp(ModelOptions.places))
    var model = "builtin:ledger"

    @OptionGroup var options: EvalOptions

    func run() async throws {
        // Before test sets are looked for in its folder.
        _ = try LedgerModel.load(path: model)
        let sets = try sets(in: try data ?? ownTests()).map { name, files in
            (name, try files.flatMap { try AnnotatedReport.reports(path: $0) })
        }
        try options.run(model: model) { model in
            let examiner = LedgerExaminer(try LedgerModel.load(path: model))
            return LedgerReport(
                try sets.map { name, reports in
                    let scores = try examiner.scores(of: reports, isCancelled: { Interrupts.happened }) { done, all in
                        Console.progress("\(name): \(done) of \(all)")
                    }
                    Console.endProgress()
                    return (name, scores)
                })
        }
    }

    /// `NAME/test` for the model NAME or NAME.gguf.
    private func ownTests() throws -> String {
        let path = try ModelLocation.resolve(model)
        return "\(path.hasSuffix(".gguf") ? String(path.dropLast(5)) : path)/test"
    }

    /// The reports in the folder itself, or those of the folders in it.
    private func sets(in data: String) throws -> [(name: String, files: [String])] {
        let own = Self.reports(data)
        if options.split == nil, !own.isEmpty { return [(data.split(separator: "/").last.map(String.init) ?? data, own)] }
        let found = try Folder.contents(of: data).filter { !Self.reports("\(data)/\($0)").isEmpty }
        guard !found.isEmpty else { throw Failure.usage("\(data): no reports (.txt) in it, and no folders with any") }
        return try options.chosen(among: found, in: data).map { ($0, Self.reports("\(data)/\($0)")) }
    }

    private static func reports(_ folder: String) -> [String] {
        Folder.names(in: folder).filter { $0.hasSuffix(".txt") }.map { "\(folder)/\($0)" }
    }
}
