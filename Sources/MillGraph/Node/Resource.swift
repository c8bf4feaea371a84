import Logging
import MillValue

/// The sections of a pipeline file whose entries several nodes share.
public enum ResourceSection: String, Sendable, Hashable, CaseIterable {
    case models, connections
}

package struct ResourceKey: Sendable, Hashable {
    package let section: ResourceSection
    package let name: String

    package init(section: ResourceSection, name: String) {
        self.section = section
        self.name = name
    }
}

/// A kind of model or connection. The graph knows nothing of what `make` returns; nodes get it from their context.
public struct ResourceType: Sendable {
    /// For connections, the URL scheme that chooses this kind (`mqtt`); for models, a name for people.
    public let name: String
    public let summary: String
    public let configuration: [ConfigField]
    /// Whether it talks to anything outside this process; `run: {network: deny}` refuses it then.
    public let usesNetwork: Bool
    /// Looks at a checked entry; for example whether the model file exists.
    public let check: @Sendable (ResourceContext) -> [ConfigurationProblem]
    public let make: @Sendable (ResourceContext) async throws -> any Sendable
    /// What stands in for it in a pipeline's tests, where nothing may be changed outside the process; nil where that is
    /// itself, or, if it uses the network, where there is nothing.
    public let stub: (@Sendable (ResourceContext) async throws -> any Sendable)?

    public init(
        _ name: String, _ summary: String, configuration: [ConfigField], usesNetwork: Bool = false,
        check: @escaping @Sendable (ResourceContext) -> [ConfigurationProblem] = { _ in [] },
        stub: (@Sendable (ResourceContext) async throws -> any Sendable)? = nil,
        make: @escaping @Sendable (ResourceContext) async throws -> any Sendable
    ) {
        self.name = name
        self.summary = summary
        self.configuration = configuration
        self.usesNetwork = usesNetwork
        self.check = check
        self.make = make
        self.stub = stub
    }
}

/// What a resource gets when it is made.
public struct ResourceContext: Sendable {
    /// Its name in the pipeline file.
    public let name: String
    public let config: Configuration
    public let clock: any MillClock
    public let logger: Logger
    /// The pipeline's `devices` section; null without one.
    public let devices: Value
    /// The folder of the pipeline file.
    public let directory: String
    /// The name of the pipeline.
    public let pipeline: String
}

/// A resource that wants to know when the run is over.
public protocol ClosableResource: Sendable {
    /// - Parameter outcome: how the run ended; nil when it never began.
    func close(after outcome: RunReport.Outcome?) async
}
