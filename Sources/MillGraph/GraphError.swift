/// What can go wrong while a checked pipeline is set up or runs. Problems of the file itself are ``PipelineErrors``.
public enum GraphError: Error, Sendable, Hashable {
    case configuration(owner: String, field: String, expected: String)
    case missingInput(port: String)
    case unknownOutput(node: String, port: String, known: [String])
    case missingResource(node: String, section: String, name: String)
    case resourceType(node: String, name: String, expected: String, actual: String)
    case resourceFailed(section: String, name: String, reason: String)
    case nodeCreationFailed(node: String, type: String, reason: String)
    case nodeFailed(node: String, reason: String)
    case sourceStartTimedOut(node: String, timeout: Duration)
    case queueOverflow(edge: String, size: Int)
    case joinTimedOut(node: String, missing: [String], timeout: Duration)
    case deadlock(edges: [String])
    case deadlineExceeded(Duration)
    case itemTimedOut(Duration)
    case alreadyRun
    case unknownReplacement(node: String)
}

extension GraphError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .configuration(let owner, let field, let expected):
            "\(owner): config '\(field)' is missing or is not \(expected)"
        case .missingInput(let port): "no packet at input '\(port)'"
        case .unknownOutput(let node, let port, let known):
            "node '\(node)' emitted on '\(port)', but its outputs are: \(known.isEmpty ? "none" : known.joined(separator: ", "))"
        case .missingResource(let node, let section, let name):
            "node '\(node)' asked for '\(name)' of \(section), which its pipeline file does not give it"
        case .resourceType(let node, let name, let expected, let actual):
            "node '\(node)' needs '\(name)' to be a \(expected), but it is a \(actual)"
        case .resourceFailed(let section, let name, let reason): "\(section): '\(name)' could not be set up: \(reason)"
        case .nodeCreationFailed(let node, let type, let reason): "node '\(node)' (\(type)) could not be set up: \(reason)"
        case .nodeFailed(let node, let reason): "node '\(node)' failed: \(reason)"
        case .sourceStartTimedOut(let node, let timeout):
            "source '\(node)' sent nothing within its startup_timeout of \(timeout.inSecondsText)"
        case .queueOverflow(let edge, let size):
            "the queue of \(edge) is full (size \(size)) and its policy is error; enlarge it or choose block or drop_oldest"
        case .joinTimedOut(let node, let missing, let timeout):
            "node '\(node)' waited \(timeout.inSecondsText) for \(missing.joined(separator: ", "))"
        case .deadlock(let edges):
            "the graph is stuck: these full queues wait for one another: \(edges.joined(separator: "; ")). "
                + "Enlarge a queue, or give one of them policy drop_oldest"
        case .deadlineExceeded(let deadline): "the run did not end within its deadline of \(deadline.inSecondsText)"
        case .itemTimedOut(let timeout): "deadline passed: it took longer than the document_timeout of \(timeout.inSecondsText)"
        case .alreadyRun: "a runtime runs once; make another one"
        case .unknownReplacement(let node): "there is no node '\(node)' to replace"
        }
    }
}

extension Duration {
    /// `2 s`, `0.25 s`.
    var inSecondsText: String {
        let seconds = Double(components.seconds) + Double(components.attoseconds) * 1e-18
        return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
    }
}
