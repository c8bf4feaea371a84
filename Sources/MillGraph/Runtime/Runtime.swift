/// Runs a checked pipeline once.
public final class Runtime: Sendable {
    public let pipeline: CheckedPipeline
    public let options: RuntimeOptions

    public init(_ pipeline: CheckedPipeline, options: RuntimeOptions = RuntimeOptions()) {
        self.pipeline = pipeline
        self.options = options
    }

    /// Sets up resources and nodes, runs until the sources have ended and everything is processed, and reports.
    /// Cancelling the task stops the run like ``stop()``.
    ///
    /// - Throws: ``GraphError`` when a resource or node cannot be set up. A failure later is the report's outcome.
    public func run() async throws(GraphError) -> RunReport {
        throw .alreadyRun
    }

    /// Ends the sources; what is on its way is processed. For the first Ctrl-C.
    public func stop() {}

    /// Ends everything at once; what is on its way is dropped and counted. For the second Ctrl-C.
    public func abort() {}
}
