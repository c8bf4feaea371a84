import MillValue

/// The parts of the pipeline file's JSON Schema that do not depend on the registered types.
enum PipelineSchema {
    static func object(_ properties: ValueMap, required: [Value] = []) -> Value {
        var schema: ValueMap = ["type": "object", "properties": .map(properties), "additionalProperties": false]
        if !required.isEmpty { schema["required"] = .list(required) }
        return .map(schema)
    }

    /// What fits `schema`, or text with a `${…}` in it, or (as editors see `!include FILE`) the path of a file.
    static func orSubstituted(_ schema: Value) -> Value {
        ["anyOf": [schema, ["$ref": "#/$defs/substitution"]]]
    }

    static func mapping(to schema: Value, _ description: String) -> Value {
        ["type": "object", "description": .string(description), "additionalProperties": schema]
    }

    static func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) -> Value
    where Choice.RawValue == String {
        ["enum": .list(type.allCases.map { .string($0.rawValue) })]
    }

    static let duration: Value = ["type": "string", "pattern": "^[0-9.]+ ?(ms|us|s|m|h)$"]
    static let condition: Value = ["type": ["string", "boolean"], "description": "A CEL expression."]

    static let definitions: ValueMap = [
        "substitution": ["type": "string", "pattern": #"\$\{|\.(yaml|yml|json)$"#],
        "duration": orSubstituted(duration),
        "queue": object(["size": ["type": "integer", "minimum": 1], "policy": choice(QueuePolicy.self)]),
        "on_error": [
            "anyOf": [
                ["enum": ["fail", "skip", "dead_letter"]],
                object(
                    [
                        "retry": object(["attempts": ["type": "integer", "minimum": 1], "delay": ["$ref": "#/$defs/duration"]])
                    ], required: ["retry"]),
            ]
        ],
        "restart": object([
            "policy": ["enum": ["never", "on_failure"]], "delay": ["$ref": "#/$defs/duration"],
            "max_delay": ["$ref": "#/$defs/duration"], "startup_timeout": ["$ref": "#/$defs/duration"],
            "max_attempts": ["type": "integer", "minimum": 1],
        ]),
        "batch": object(
            [
                "size": ["type": "integer", "minimum": 1, "maximum": .int(BatchSettings.maximumSize)],
                "timeout": ["$ref": "#/$defs/duration"],
            ], required: ["size"]),
        "edge": [
            "anyOf": [
                ["type": "string", "description": "node/output, or node for its first output"],
                object(
                    [
                        "from": ["type": "string", "description": "node/output, or node for its first output"],
                        "queue": ["$ref": "#/$defs/queue"], "sync": choice(SyncMode.self),
                        "timeout": ["$ref": "#/$defs/duration"], "on_timeout": choice(TimeoutAction.self),
                        "optional": ["type": "boolean"], "back_edge": ["type": "boolean"],
                        "max_rounds": ["type": "integer", "minimum": 1], "when": condition,
                    ], required: ["from"]),
            ]
        ],
    ]

    static let parameter: Value = object(
        [
            "type": ["enum": .list(Parameters.types.map(Value.string))], "default": [:], "description": ["type": "string"],
            "minimum": ["type": "number"], "maximum": ["type": "number"],
            "values": ["type": "array", "items": ["type": "string"]],
        ], required: ["type"])

    static let run: Value = object([
        "mode": choice(RunSettings.Mode.self), "network": choice(RunSettings.Network.self),
        "deadline": ["$ref": "#/$defs/duration"], "document_timeout": ["$ref": "#/$defs/duration"],
        "ledger": ["type": "string"], "on_error": ["$ref": "#/$defs/on_error"],
    ])

    static let tests: Value = [
        "type": "array",
        "items": object(
            [
                "name": ["type": "string"],
                "stub": mapping(to: ["type": ["string", "array"], "items": ["type": "string"]], "Files in place of sources."),
                "expect": mapping(to: ["type": "array"], "The values expected at outputs."),
            ], required: ["name", "expect"]),
    ]
}
