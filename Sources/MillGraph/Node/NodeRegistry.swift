import MillValue

/// The node types, models and connections that pipeline files may use.
public struct NodeRegistry: Sendable {
    /// In the order in which they were registered.
    public private(set) var nodeTypes: [NodeType] = []
    /// What entries of `models` are; nil when there are no models.
    public private(set) var modelType: ResourceType?
    /// What entries of `connections` are, by the scheme of their `url`.
    public private(set) var connectionTypes: [ResourceType] = []
    /// The fields of an entry of `devices`; nil leaves devices unchecked.
    public private(set) var deviceFields: [ConfigField]?
    /// Looks at a `devices` section whose fields are all right by themselves; paths begin with the device's name.
    public private(set) var checkDevices: @Sendable (Value) -> [ConfigurationProblem] = { _ in [] }

    public init() {}

    /// Adds a node type; a later one replaces an earlier one of the same name.
    public mutating func register(_ type: NodeType) {
        nodeTypes.removeAll { $0.name == type.name }
        nodeTypes.append(type)
    }

    public mutating func register(model type: ResourceType) { modelType = type }

    public mutating func register(connection type: ResourceType) {
        connectionTypes.removeAll { $0.name == type.name }
        connectionTypes.append(type)
    }

    public mutating func register(
        deviceFields fields: [ConfigField], check: @escaping @Sendable (Value) -> [ConfigurationProblem] = { _ in [] }
    ) {
        deviceFields = fields
        checkDevices = check
    }

    public func nodeType(named name: String) -> NodeType? { nodeTypes.first { $0.name == name } }

    public func connectionType(scheme: String) -> ResourceType? { connectionTypes.first { $0.name == scheme } }
}
