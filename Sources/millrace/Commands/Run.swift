import ArgumentParser
import CMillSystem
import Glibc
import Logging
import MillGraph
import MillNodes
import MillValue

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a pipeline until its sources end or Ctrl-C.",
        discussion: """
            The first Ctrl-C stops the sources and lets what is on its way finish; of a batch with a ledger, documents on which no step \
            is at work are left for the next run. The second Ctrl-C breaks off at once, and what is made of all documents is not \
            made anew.

            Prints one line per finished frame and, at the end, latency per node, drops per edge and bytes copied, and where \
            the report page is. Of a batch (`run: {mode: batch}`), progress and each item that failed; a run that was broken \
            off goes on where it was if the file names a `ledger`.
            """)

    @OptionGroup var arguments: PipelineArguments

    @Flag(help: "Print the report as JSON on standard output.")
    var json = false

    @Flag(
        help:
            "One worker and a fixed order, for bug reports; time stays real, so rates, timeouts and a broker may still make a difference."
    )
    var deterministic = false

    @Option(parsing: .unconditional, help: "How many workers run nodes; by default one per core, at most 8.")
    var workers: Int?

    @Option(help: "Log level.")
    var log = Logger.Level.warning

    func validate() throws { try Bounded.check("--workers", workers, 1...64) }

    func run() async throws {
        let toStandardOutput = !json
        let journal = RunJournal { line in
            let line = line.visible(keepingLines: false)
            if toStandardOutput { print(line) } else { Console.line(line) }
        }
        let pipeline = try arguments.load(registry: .millrace(journal: journal))
        if pipeline.settings.network == .deny { try denyNetwork() }
        let batch = try BatchRun(pipeline)
        var options = options()
        batch?.attach(to: &options)
        let runtime = Runtime(pipeline, options: options)
        Interrupts.observe { count in
            guard count == 1 else { return runtime.abort() }
            Console.endProgress()
            Console.line("finishing what was begun; press Ctrl-C again to break off")
            runtime.stop()
        }
        let report: RunReport
        do { report = try await runtime.run() } catch {
            // Before the first node ran, while models were loaded.
            throw Interrupts.happened ? Failure.interrupted : Failure.run("\(error)")
        }
        Console.endProgress()
        var summary = RunSummary(report: report, pipeline: pipeline, journal: journal)
        var isPageLost = false
        do { try summary.writePage() } catch {
            Console.error("\(error)")
            isPageLost = true
        }
        let text = json ? summary.json.json(pretty: true) : summary.text
        if !text.isEmpty { print(text) }
        if let hint = batch?.hint(after: report.outcome) { Console.line(hint) }
        if isPageLost { throw Failure(message: "", code: 1) }
        try batch?.check()
        try check(report)
    }

    /// From here on the kernel refuses connections, whatever a node, a library or a program that is started tries.
    private func denyNetwork() throws {
        // Whoever must not tell anybody leaves no memory behind either, when it crashes.
        _ = mill_forbid_core_dumps()
        let code = mill_deny_network()
        guard code != 0 else { return }
        throw Failure.run(
            "'network: deny' cannot be enforced: this system has no seccomp filters (\(String(cString: strerror(-code))));"
                + " take it out of 'run', and cut the network off otherwise")
    }

    private func options() -> RuntimeOptions {
        LoggingSystem.bootstrap { [log] label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = log
            return handler
        }
        return RuntimeOptions(execution: deterministic ? .deterministic : .realTime(workers: workers))
    }

    private func check(_ report: RunReport) throws {
        switch report.outcome {
        case .failed(let error): throw Failure.run("\(error)")
        case .stopped, .aborted: throw Failure.interrupted
        case .finished: if report.failedPackets + (report.items?.failed ?? 0) > 0 { throw Failure.somePackets }
        }
    }
}
