import Logging
import MillValue

/// The models and connections of a run.
struct RuntimeResources {
    private(set) var values: [ResourceKey: any Sendable] = [:]
    /// The ones made here, which are closed at the end; in the order in which they were made.
    private var made: [any Sendable] = []

    /// Makes those that some node uses.
    static func make(_ pipeline: CheckedPipeline, _ options: RuntimeOptions) async throws(GraphError) -> RuntimeResources {
        var result = RuntimeResources()
        for resource in pipeline.resources {
            let isUsed = pipeline.nodes.contains {
                resource.name == (resource.section == .models ? $0.modelName : $0.connectionName)
            }
            let key = ResourceKey(section: resource.section, name: resource.name)
            if let given = options.resources[resource.section]?[resource.name] {
                result.values[key] = given
            } else if isUsed {
                let context = ResourceContext(
                    name: resource.name, config: resource.config, clock: options.clock, logger: options.logger,
                    devices: pipeline.devices, directory: pipeline.directory, pipeline: pipeline.name)
                do {
                    let value = try await Self.make(resource, context, isTest: options.isTest)
                    result.values[key] = value
                    result.made.append(value)
                } catch {
                    await result.close(after: nil)
                    throw .resourceFailed(
                        section: resource.section.rawValue, name: resource.name,
                        reason: pipeline.redactor.redact("\(error)"))
                }
            }
        }
        return result
    }

    private static func make(
        _ resource: CheckedResource, _ context: ResourceContext, isTest: Bool
    ) async throws -> any Sendable {
        guard isTest else { return try await resource.type.make(context) }
        if let stub = resource.type.stub { return try await stub(context) }
        guard !resource.type.usesNetwork else {
            throw PipelineTestError.connection(name: resource.name, type: resource.type.name)
        }
        return try await resource.type.make(context)
    }

    func close(after outcome: RunReport.Outcome?) async {
        for resource in made.reversed() { await (resource as? any ClosableResource)?.close(after: outcome) }
    }
}
