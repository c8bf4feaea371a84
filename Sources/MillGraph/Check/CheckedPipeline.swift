import MillValue

/// A pipeline file that may run: every reference resolved, every port's type known, every configuration checked.
public struct CheckedPipeline: Sendable {
    public let name: String
    public let summary: String
    /// The file as given to ``Pipeline/load(path:parameters:registry:options:)``.
    public let path: String
    /// The absolute folder of the file; relative paths in it start here.
    public let directory: String
    public let parameters: [CheckedParameter]
    /// In the order of the file.
    public let nodes: [CheckedNode]
    public let edges: [CheckedEdge]
    /// The entries of `models` and `connections`, in the order of the file.
    public let resources: [CheckedResource]
    /// The `devices` section; null without one.
    public let devices: Value
    public let settings: RunSettings
    public let tests: [PipelineTest]
    public let warnings: [PipelineProblem]
    /// Hides the file's secrets in whatever is printed.
    public let redactor: Redactor

    public func node(named name: String) -> CheckedNode? { nodes.first { $0.name == name } }
}

/// A parameter with the value that it has in this run.
public struct CheckedParameter: Sendable {
    public let name: String
    public let summary: String
    /// `string`, `number`, `integer`, `boolean`, `url`, `path`, `duration` or `enum`.
    public let type: String
    public let value: Value
}

/// A node of a checked pipeline.
public struct CheckedNode: Sendable {
    public let name: String
    public let type: NodeType
    public let config: Configuration
    public let modelName: String?
    public let connectionName: String?
    /// Runs of the node for which this is false are skipped and counted.
    public let condition: Condition?
    public let onError: ErrorPolicy
    public let restart: RestartPolicy?
    /// How many sets of inputs may be in progress at once. What they lead to leaves in the order of the inputs.
    public let parallel: Int
    public let batch: BatchSettings?
    /// The type of each output, inferred where it is that of an input.
    public let outputTypes: [PortType]
    /// The pipeline's `devices` section; null without one.
    public let devices: Value
    /// The folder of the pipeline file.
    public let directory: String
    public let location: SourceLocation
}

/// An edge: one output to one input, with a bounded queue.
public struct CheckedEdge: Sendable {
    public let from: PortReference
    public let to: PortReference
    public let type: PortType
    public let queue: QueueSettings
    public let sync: SyncMode
    /// How long an `exact` input waits for the others of its set; nil waits for ever.
    public let timeout: Duration?
    public let onTimeout: TimeoutAction
    public let isOptional: Bool
    /// Whether this edge closes a cycle.
    public let isBackEdge: Bool
    /// How often what goes back to one source packet may take this back edge; beyond that it is dropped and counted.
    public let maximumRounds: Int?
    /// Packets for which this is false are skipped and counted.
    public let condition: Condition?

    /// `camera/out → limit/in`.
    public var label: String { "\(from) → \(to)" }
}

/// A port of a node in a pipeline.
public struct PortReference: Sendable, Hashable, CustomStringConvertible {
    public let node: String
    public let port: String
    /// The node's place in ``CheckedPipeline/nodes``.
    package let nodeIndex: Int
    /// The port's place among the node's inputs or outputs.
    package let portIndex: Int

    public var description: String { "\(node)/\(port)" }
}

/// An entry of `models` or `connections`.
public struct CheckedResource: Sendable {
    public let section: ResourceSection
    public let name: String
    public let type: ResourceType
    public let config: Configuration
}
