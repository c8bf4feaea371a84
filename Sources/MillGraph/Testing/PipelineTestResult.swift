import MillValue

/// What came of one entry of a file's `tests`.
public struct PipelineTestResult: Sendable {
    public let name: String
    /// One sentence for each thing that is not as expected; none when the test passed.
    public let failures: [String]
    /// What the outputs named under `expect` really sent, in their order.
    public let observed: [(output: PortReference, values: [Value])]
    /// How long it really took.
    public let duration: Duration

    public var hasPassed: Bool { failures.isEmpty }
}

/// Why a test cannot be run.
public enum PipelineTestError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A file that cannot stand in for a source.
    case stub(file: String, reason: String)
    /// A connection that leads out of the process and has nothing to stand in for it.
    case connection(name: String, type: String)

    public var description: String {
        switch self {
        case .stub(let file, let reason): "\(file): \(reason)"
        case .connection(let name, let type):
            "connection '\(name)' (\(type)) leads out of this process, and nothing can stand in for it in a test"
        }
    }
}
