import ArgumentParser
import Glibc
import MillEvaluation
import MillModels
import MillValue

struct Eval: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a model on test sets and print the tables of its card.",
        subcommands: [EvalHearth.self, EvalLedger.self, EvalReports.self, EvalScribe.self])
}

/// What all evaluations take.
struct EvalOptions: ParsableArguments {
    @Option(help: "Only these splits, separated by commas.")
    var split: String?

    @Option(
        help: ArgumentHelp(
            """
            Measure a master's folder converted to each of these, separated by commas, and compare them with the first: \
            \(ModelConverter.Precision.list). By default the model is measured as it is.
            """, valueName: "types"))
    var precision: Precisions?

    @Flag(help: "Print JSON on standard output instead of tables.")
    var json = false

    /// `--precision f16,q8_0`
    struct Precisions: ExpressibleByArgument {
        let list: [ModelConverter.Precision]

        init?(argument: String) {
            let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
            list = parts.compactMap { ModelConverter.Precision(rawValue: String($0)) }
            guard list.count == parts.count, Set(list).count == list.count else { return nil }
        }
    }

    /// The splits that `--split` names, or all.
    func chosen(among found: [String], in data: String) throws -> [String] {
        guard let split else { return found }
        let wanted = split.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let known = "there are \(found.joined(separator: ", "))"
        guard !wanted.contains("") else { throw Failure.usage("--split '\(split)': a name is missing; \(known)") }
        for name in wanted where !found.contains(name) {
            throw Failure.usage("--split \(name): there is no such set in \(data); \(known)")
        }
        guard Set(wanted).count == wanted.count else { throw Failure.usage("--split \(split): name each set once") }
        return wanted
    }

    /// Measures the model, or what `--precision` makes of it, and prints the tables.
    ///
    /// - Parameter measure: takes the path of a model; throws `CancellationError` once ``Interrupts/happened``.
    func run<Report: EvaluationReport>(model: String, _ measure: (_ model: String) throws -> Report) throws {
        Interrupts.observe { _ in }
        let report: any EvaluationReport
        do {
            report =
                if let precision { try compare(model, precision.list, measure) } else { try measure(model) }
        } catch is CancellationError {
            Console.endProgress()
            throw Failure.interrupted
        }
        print(json ? report.value.json(pretty: true) : report.markdown)
    }

    private func compare<Report: EvaluationReport>(
        _ model: String, _ precisions: [ModelConverter.Precision], _ measure: (String) throws -> Report
    ) throws -> PrecisionReport<Report> {
        guard let folder = try ModelLocation.folder(of: model) else {
            throw Failure.usage(
                "--precision starts from a master's folder (config.json and safetensors), and \(model) is none;"
                    + " name the folder with -m")
        }
        let converter = try ModelConverter(folder: folder)
        return try TemporaryFolder.use { temporary in
            PrecisionReport(
                try precisions.map { precision in
                    guard !Interrupts.happened else { throw CancellationError() }
                    let file = "\(temporary)/\(precision.rawValue).gguf"
                    Console.progress("converting to \(precision.rawValue)")
                    try converter.write(to: file, precision: precision)
                    defer { unlink(file) }
                    return (precision.rawValue, Folder.size(of: file), try measure(file))
                })
        }
    }
}

extension ModelConverter.Precision {
    /// All names, for a line of help.
    static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
