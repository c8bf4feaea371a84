/// A kind of node that pipeline files can name: its ports, its configuration and how to make one.
public struct NodeType: Sendable {
    /// `family.kind`, such as `image.decode`.
    public let name: String
    /// One sentence.
    public let summary: String
    public let inputs: [PortSpec]
    /// The first output is the default one: what a reference without `/port` means.
    public let outputs: [PortSpec]
    public let configuration: [ConfigField]
    /// Whether a node of this type names an entry of `models` (`model: hearth`).
    public let needsModel: Bool
    /// Whether a node of this type names an entry of `connections`.
    public let needsConnection: Bool
    /// Whether the node keeps a loop from running without bound (`flow.limit`).
    public let boundsLoop: Bool
    /// Whether a node of this type may work on several packets at once (`parallel: 4`); it is an ``AsyncNode``.
    public let isParallel: Bool
    /// Whether it can take lists of packets (`batch: {size: 8}`); it is a ``BatchNode``.
    public let takesBatches: Bool
    /// Looks at a configuration whose fields are all right by themselves; each problem says where in it.
    public let check: @Sendable (CheckedNode) -> [ConfigurationProblem]
    public let make: @Sendable (NodeContext) throws -> any NodeBehavior

    public init(
        _ name: String, _ summary: String, inputs: [PortSpec] = [], outputs: [PortSpec] = [],
        configuration: [ConfigField] = [], needsModel: Bool = false, needsConnection: Bool = false,
        boundsLoop: Bool = false, isParallel: Bool = false, takesBatches: Bool = false,
        check: @escaping @Sendable (CheckedNode) -> [ConfigurationProblem] = { _ in [] },
        make: @escaping @Sendable (NodeContext) throws -> any NodeBehavior
    ) {
        self.name = name
        self.summary = summary
        self.inputs = inputs
        self.outputs = outputs
        self.configuration = configuration
        self.needsModel = needsModel
        self.needsConnection = needsConnection
        self.boundsLoop = boundsLoop
        self.isParallel = isParallel
        self.takesBatches = takesBatches
        self.check = check
        self.make = make
    }

    /// Whether nodes of this type bring packets into the graph.
    public var isSource: Bool { inputs.isEmpty }
}

/// A problem inside a configuration.
public struct ConfigurationProblem: Sendable {
    /// Keys and list indices that lead to the value, from the top of the configuration (`["rules", "0", "when"]`).
    public let path: [String]
    public let message: String
    public let suggestion: String?

    public init(_ path: [String], _ message: String, suggestion: String? = nil) {
        self.path = path
        self.message = message
        self.suggestion = suggestion
    }
}
