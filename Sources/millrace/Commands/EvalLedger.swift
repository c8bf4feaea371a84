import ArgumentParser
import MillEvaluation
import MillModels
import MillValue

struct EvalLedger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Measure a model that reads reports on annotated ones.",
        discussion: """
            DIR holds reports (.txt) with marks {code ids|text} around what is to be found (docs/models/ledger.md), or one folder \
            of them per split; Tools/train-ledger/handwritten is one.
            """)

    @Argument(help: ArgumentHelp("The folder of the reports.", valueName: "dir"))
    var data: String

    @Option(name: .shortAndLong, help: "A folder, a .gguf file, or builtin:NAME.")
    var model = "builtin:ledger"

    @OptionGroup var options: EvalOptions

    func run() async throws {
        let sets = try sets()
        try options.run(model: model) { model in
            let examiner = LedgerExaminer(try LedgerModel.load(path: model))
            return LedgerReport(
                try sets.map { name, files in
                    let scores = try examiner.scores(of: files, isCancelled: { Interrupts.happened }) { done, all in
                        Console.progress("\(name): \(done) of \(all)")
                    }
                    Console.endProgress()
                    return (name, scores)
                })
        }
    }

    /// The reports in the folder itself, or those of the folders in it.
    private func sets() throws -> [(name: String, files: [String])] {
        let own = Self.reports(data)
        if options.split == nil, !own.isEmpty { return [(data.split(separator: "/").last.map(String.init) ?? data, own)] }
        let found = Folder.names(in: data).filter { !Self.reports("\(data)/\($0)").isEmpty }
        guard !found.isEmpty else { throw Failure.usage("\(data): no reports (.txt) in it, and no folders with any") }
        return try options.chosen(among: found, in: data).map { ($0, Self.reports("\(data)/\($0)")) }
    }

    private static func reports(_ folder: String) -> [String] {
        Folder.names(in: folder).filter { $0.hasSuffix(".txt") }.map { "\(folder)/\($0)" }
    }
}
