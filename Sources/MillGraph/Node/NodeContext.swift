import Logging
import MillValue

/// What a node gets when it is made.
public struct NodeContext: Sendable {
    /// The node's name in the pipeline file.
    public let name: String
    public let config: Configuration
    /// The runtime's clock: real, or manual in tests. Nodes take time from nowhere else.
    public let clock: any MillClock
    public let logger: Logger
    /// The pipeline's `devices` section; null without one.
    public let devices: Value
    /// The folder of the pipeline file.
    public let directory: String
    /// The inputs that the pipeline file connects.
    public let connectedInputs: Set<String>
    /// The outputs that something reads.
    public let connectedOutputs: Set<String>
    /// What the results of a batch depend on besides its items (``CheckedPipeline/fingerprint``).
    package let pipelineFingerprint: String
    package let modelName: String?
    package let connectionName: String?
    package let resources: [ResourceKey: any Sendable]

    /// The node's entry of `models`, as the registry's factory made it.
    public func model<Model>(as type: Model.Type = Model.self) throws(GraphError) -> Model {
        try resource(section: .models, named: modelName, as: type)
    }

    /// The node's entry of `connections`.
    public func connection<Connection>(as type: Connection.Type = Connection.self) throws(GraphError) -> Connection {
        try resource(section: .connections, named: connectionName, as: type)
    }

    private func resource<Resource>(
        section: ResourceSection, named resourceName: String?, as type: Resource.Type
    ) throws(GraphError) -> Resource {
        guard let resourceName, let resource = resources[ResourceKey(section: section, name: resourceName)] else {
            throw .missingResource(node: name, section: section.rawValue, name: resourceName ?? "")
        }
        guard let typed = resource as? Resource else {
            throw .resourceType(node: name, name: resourceName, expected: "\(type)", actual: "\(Swift.type(of: resource))")
        }
        return typed
    }
}
