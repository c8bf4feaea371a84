import ArgumentParser
import Logging
import MillGraph
import MillNodes
import MillValue

struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the tests that stand in a pipeline file.",
        discussion: """
            The files under `stub` stand in for sources; other sources send nothing. What the outputs under `expect` send is \
            compared, in order: of a mapping only the keys that are given, of a list all entries. Nothing leaves the process: \
            connections are simulated, and nodes that write to files are left out. Time jumps to whatever is next.

            Ctrl-C ends at once: there is nothing to finish. Exit code 1 when a test failed, 2 when the file is not valid.
            """)

    @OptionGroup var arguments: PipelineArguments

    @Option(help: ArgumentHelp("Only tests whose names contain this.", valueName: "text"))
    var filter: String?

    @Option(help: ArgumentHelp("Also write the results as JUnit XML.", valueName: "file"))
    var junit: String?

    @Flag(help: "Print the results as JSON on standard output.")
    var json = false

    @Option(help: "A test that takes longer than so many seconds has failed.")
    var limit = 300

    @Option(help: "Log level.")
    var log = Logger.Level.error

    func validate() throws { try Bounded.check("--limit", limit, 1...86400) }

    func run() async throws {
        var logger = Logger(label: "millrace.test") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = log
        let count = try load(isFirst: true).tests.count
        guard count > 0 else { throw Failure.usage("\(arguments.pipeline) has no tests") }
        var results: [PipelineTestResult] = []
        for index in 0..<count {
            // Each with nodes, devices and models of its own.
            let pipeline = try load(isFirst: false)
            let test = pipeline.tests[index]
            if let filter, !test.name.contains(filter) { continue }
            let result = await pipeline.run(test, limit: .seconds(limit), logger: logger)
            results.append(result)
            if !json { print(Self.text(result)) }
        }
        guard !results.isEmpty else { throw Failure.usage("no test's name contains '\(filter ?? "")'") }
        let failed = results.count { !$0.hasPassed }
        if json { print(value(results).json(pretty: true)) } else { print("\(results.count) tests, \(failed) failed") }
        if let junit { try OutputFile.replace(junit, with: JUnitReport.text(results, suite: arguments.pipeline)) }
        if failed > 0 { throw Failure(message: "", code: 1) }
    }

    private func load(isFirst: Bool) throws -> CheckedPipeline {
        try arguments.load(registry: .millrace(journal: RunJournal()), showsWarnings: isFirst)
    }

    private static func text(_ result: PipelineTestResult) -> String {
        let first = "\(result.hasPassed ? "ok  " : "FAIL") \(result.name) (\(seconds(result)) s)"
        return ([first] + result.failures.map { "     \($0)" }).map { $0.visible() }.joined(separator: "\n")
    }

    private static func seconds(_ result: PipelineTestResult) -> String { RunSummary.decimal(result.duration.inSeconds) }

    private func value(_ results: [PipelineTestResult]) -> Value {
        [
            "pipeline": .string(arguments.pipeline),
            "tests": .list(
                results.map { result in
                    [
                        "name": .string(result.name), "passed": .bool(result.hasPassed),
                        "seconds": .double(result.duration.inSeconds), "failures": .list(result.failures.map(Value.string)),
                        "observed": .map(ValueMap(result.observed.map { ("\($0.output)", .list($0.values)) })),
                    ]
                }),
        ]
    }
}
