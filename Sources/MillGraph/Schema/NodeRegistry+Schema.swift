public import MillValue

extension NodeRegistry {
    /// The JSON Schema (draft 2020-12) of pipeline files that use these types, for editors to complete and check with.
    ///
    /// It knows what can be said of one node by itself: types, ports, configuration. References, loops and the types of
    /// edges are checked by ``Pipeline/load(path:parameters:registry:options:)``.
    public func pipelineSchema() -> Value {
        var definitions = PipelineSchema.definitions
        for type in nodeTypes { definitions[type.name] = type.schema }
        let nodes: Value = ["anyOf": .list(nodeTypes.map { ["$ref": .string("#/$defs/\($0.name)")] })]
        var properties: ValueMap = [
            "version": ["const": .int(PipelineLoader.version)], "name": ["type": "string"], "description": ["type": "string"],
            "params": PipelineSchema.mapping(to: PipelineSchema.parameter, "Parameters, set by --set name=value."),
            "run": PipelineSchema.run,
        ]
        if let modelType {
            properties["models"] = PipelineSchema.mapping(to: ConfigField.schema(of: modelType.configuration), "Models.")
        }
        if !connectionTypes.isEmpty {
            let kinds = connectionTypes.map { ConfigField.schema(of: $0.configuration) }
            properties["connections"] = PipelineSchema.mapping(
                to: ["anyOf": .list(kinds)], "Connections; the scheme of the url chooses the kind.")
        }
        properties["devices"] = PipelineSchema.mapping(to: deviceFields.map(ConfigField.schema(of:)) ?? [:], "Devices.")
        properties["nodes"] = PipelineSchema.mapping(to: nodes, "The nodes of the graph by name.")
        properties["tests"] = PipelineSchema.tests
        var schema = PipelineSchema.object(properties, required: ["version", "nodes"]).map ?? [:]
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = "Millrace pipeline"
        schema["$defs"] = .map(definitions)
        return .map(schema)
    }
}

extension NodeType {
    /// The JSON Schema of a node of this type.
    fileprivate var schema: Value {
        var properties: ValueMap = ["type": ["const": .string(name), "description": .string(summary)]]
        var required: [Value] = ["type"]
        if needsModel {
            properties["model"] = ["type": "string", "description": "An entry of 'models'."]
            required.append("model")
        }
        if needsConnection {
            properties["connection"] = ["type": "string", "description": "An entry of 'connections'."]
            required.append("connection")
        }
        if isSource {
            properties["restart"] = ["$ref": "#/$defs/restart"]
        } else {
            properties["inputs"] = inputSchema
            if inputs.contains(where: \.isRequired) { required.append("inputs") }
            properties["when"] = PipelineSchema.condition
        }
        if isParallel { properties["parallel"] = ["type": "integer", "minimum": 1, "maximum": 64] }
        if takesBatches { properties["batch"] = ["$ref": "#/$defs/batch"] }
        properties["on_error"] = ["$ref": "#/$defs/on_error"]
        properties["config"] = PipelineSchema.orSubstituted(ConfigField.schema(of: configuration))
        if configuration.contains(where: { $0.isRequired && $0.defaultValue == nil }) { required.append("config") }
        var schema = PipelineSchema.object(properties, required: required).map ?? [:]
        schema["description"] = .string(summary)
        return .map(schema)
    }

    private var inputSchema: Value {
        var ports = ValueMap()
        for port in inputs {
            let edge: Value = ["$ref": "#/$defs/edge"]
            var schema: ValueMap =
                port.isVariadic ? ["anyOf": [edge, ["type": "array", "items": edge]]] : ["anyOf": [edge]]
            schema["description"] = .string(port.summary.isEmpty ? "\(port.type)" : "\(port.type): \(port.summary)")
            ports[port.name] = .map(schema)
        }
        return PipelineSchema.object(ports, required: inputs.filter(\.isRequired).map { .string($0.name) })
    }
}
