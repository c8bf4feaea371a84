import Logging
import MillTensor
import MillValue
import Synchronization

/// Runs a checked pipeline once.
public final class Runtime: Sendable {
    public let pipeline: CheckedPipeline
    public let options: RuntimeOptions

    private struct State {
        var hasRun = false
        var isStopped = false
        var isAborted = false
        var engine: Engine?
    }
    private let state = Mutex(State())

    public init(_ pipeline: CheckedPipeline, options: RuntimeOptions = RuntimeOptions()) {
        self.pipeline = pipeline
        self.options = options
    }

    /// Sets up resources and nodes, runs until the sources have ended and everything is processed, and reports.
    /// Cancelling the task stops the run like ``stop()``.
    ///
    /// - Throws: ``GraphError`` when a resource or node cannot be set up. A failure later is the report's outcome.
    public func run() async throws(GraphError) -> RunReport {
        let isFirst = state.withLock { state in
            defer { state.hasRun = true }
            return !state.hasRun
        }
        guard isFirst else { throw .alreadyRun }
        let resources = try await RuntimeResources.make(pipeline, options)
        let engine: Engine
        do {
            engine = try EngineBuilder(pipeline, options, resources.values).build()
        } catch {
            await resources.close(after: nil)
            throw error
        }
        let request = state.withLock { state in
            state.engine = engine
            return (state.isStopped, state.isAborted)
        }
        await withTaskCancellationHandler {
            await engine.run {
                if request.1 { engine.abort() } else if request.0 { engine.stop() }
            }
        } onCancel: {
            stop()
        }
        let report = engine.report()
        await resources.close(after: report.outcome)
        return report
    }

    /// Ends the sources; what is on its way is processed, but items of a batch with a ledger that no node is at work on are left for
    /// the next run (``ItemCounts/left``). For the first Ctrl-C.
    public func stop() {
        state.withLock { state in
            state.isStopped = true
            return state.engine
        }?.stop()
    }

    /// Ends everything at once; what is on its way is dropped and counted. For the second Ctrl-C.
    public func abort() {
        state.withLock { state in
            state.isAborted = true
            return state.engine
        }?.abort()
    }

    /// The figures so far; nil before the run has started.
    public func snapshot() -> RunReport? { state.withLock { $0.engine }?.report() }
}
