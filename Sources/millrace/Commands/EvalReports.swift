import ArgumentParser
import MillEvaluation
import MillModels
import MillTensor
import MillValue

struct EvalReports: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reports", abstract: "Measure the reading of documents on samples with known content.",
        discussion: """
            Each DIR holds documents and, in its folder truth, what each of them says (Tools/make-reports writes both). Without \
            any, the samples that come along are read. Prints how many fields, figures and table cells are right, and how long \
            it took.
            """)

    @Argument(help: ArgumentHelp("Folders of documents; by default samples/reports.", valueName: "dir"))
    var folders: [String] = []

    @Option(name: .shortAndLong, help: ArgumentHelp(ModelOptions.places))
    var model = "builtin:ledger"

    @Flag(help: "List everything that was missed or wrong.")
    var remarks = false

    @Flag(help: "Print JSON on standard output instead of tables.")
    var json = false

    func run() async throws {
        let samples = try (folders.isEmpty ? [try Self.ownSamples()] : folders).flatMap { try Self.samples(in: $0) }
        let examiner = ReportExaminer(try LedgerModel.load(path: model))
        Interrupts.observe { _ in }
        var report = ReportReport()
        for (index, sample) in samples.enumerated() {
            guard !Interrupts.happened else { throw Failure.interrupted }
            Console.progress("\(index) of \(samples.count): \(sample.truth.file)")
            do { report.add(try await examiner.answer(sample)) } catch {
                Console.endProgress()
                Console.error("\(sample.path): \(error)")
                report.addFailure(sample)
            }
        }
        Console.endProgress()
        if remarks { for remark in report.remarks { Console.line(remark.visible(keepingLines: false)) } }
        print(json ? report.value.json(pretty: true) : report.markdown)
    }

    private static func ownSamples() throws -> String {
        // They lie beside the models.
        let folder =
            try ModelLocation.resolve("builtin:ledger").split(separator: "/", omittingEmptySubsequences: false)
            .dropLast(2).joined(separator: "/") + "/reports"
        guard !Folder.names(in: "\(folder)/truth").isEmpty else {
            throw Failure.usage("there are no samples in \(folder); name a folder of documents")
        }
        return folder
    }

    private static func samples(in folder: String) throws -> [ReportSample] {
        _ = try Folder.contents(of: folder)
        let files = try Folder.contents(of: "\(folder)/truth").filter { $0.hasSuffix(".json") }
        guard !files.isEmpty else {
            throw Failure.usage("\(folder)/truth: no .json files in it that say what the documents hold")
        }
        return try files.map { name in
            let path = "\(folder)/truth/\(name)"
            do {
                let truth = try ReportTruth(JSON.parse(bytes: Storage.map(path: path).bytes))
                return ReportSample(path: "\(folder)/\(truth.file)", truth: truth)
            } catch { throw Failure.usage("\(path): \(error)") }
        }
    }
}
