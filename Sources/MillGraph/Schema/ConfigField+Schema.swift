import MillValue

extension ConfigField {
    /// The JSON Schema of a mapping with `fields` and no others.
    static func schema(of fields: [ConfigField]) -> Value {
        var properties = ValueMap()
        for field in fields {
            var schema = field.kind.schema.map ?? [:]
            if !field.summary.isEmpty { schema["description"] = .string(field.summary) }
            if let value = field.defaultValue { schema["default"] = value }
            properties[field.name] = .map(schema)
        }
        let required = fields.filter { $0.isRequired && $0.defaultValue == nil }.map { Value.string($0.name) }
        return PipelineSchema.object(properties, required: required)
    }
}

extension ConfigField.Kind {
    /// The JSON Schema of a value as it stands in a file: of its type, or with a `${…}` in its place.
    var schema: Value {
        switch self {
        case .string: ["type": "string"]
        case .boolean: PipelineSchema.orSubstituted(["type": "boolean"])
        case .integer(let minimum, let maximum):
            PipelineSchema.orSubstituted(Self.bounded("integer", minimum.map(Value.int), maximum.map(Value.int)))
        case .number(let minimum, let maximum):
            PipelineSchema.orSubstituted(Self.bounded("number", minimum.map(Value.double), maximum.map(Value.double)))
        case .duration: PipelineSchema.orSubstituted(PipelineSchema.duration)
        case .rate: PipelineSchema.orSubstituted(["type": "string", "pattern": #"^[0-9.]+ ?(Hz|/min|/s|/h)$"#])
        case .url: ["type": "string", "format": "uri-reference"]
        case .path: ["type": "string"]
        case .choice(let names, _): PipelineSchema.orSubstituted(["enum": .list(names.map(Value.string))])
        case .expression: ["type": ["string", "boolean", "number"]]
        case .document: ["type": ["object", "string"]]
        case .list(let element): PipelineSchema.orSubstituted(["type": "array", "items": element.schema])
        case .object(let fields): PipelineSchema.orSubstituted(ConfigField.schema(of: fields))
        case .map(let element): PipelineSchema.orSubstituted(["type": "object", "additionalProperties": element.schema])
        case .form(let name, _): ["description": .string(name)]
        case .any: [:]
        }
    }

    private static func bounded(_ type: String, _ minimum: Value?, _ maximum: Value?) -> Value {
        var schema: ValueMap = ["type": .string(type)]
        schema["minimum"] = minimum
        schema["maximum"] = maximum
        return .map(schema)
    }
}
