import MillValue

extension HearthConfiguration {
    /// A JSON Schema of what the model answers to `Describe the scene.`
    ///
    /// - Parameter labels: the items that may be named; nil takes all that the model knows.
    public func sceneSchema(labels: [String]? = nil) -> Value {
        func oneOf(_ names: [String]) -> Value { ["enum": .list(names.map { .string($0) })] }
        let object: Value = [
            "type": "object",
            "properties": [
                "label": oneOf(labels ?? itemNames), "state": oneOf(states), "where": oneOf(["left", "center", "right"]),
            ],
            "required": ["label", "state", "where"], "additionalProperties": false,
        ]
        return [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Scene",
            "description": "What one frame of a home shows.", "type": "object",
            "properties": [
                "objects": ["type": "array", "maxItems": .int(memoryObjectCount), "items": object],
                "people": ["type": "integer", "minimum": 0, "maximum": 9], "activity": oneOf(activities),
                "light": oneOf(["bright", "dim", "dark"]),
            ],
            "required": ["objects", "people", "activity", "light"], "additionalProperties": false,
        ]
    }

    /// A JSON Schema of where a thing is (`where`), or of its state (`state`): the answers of which `not visible` is the refusal.
    package func sightSchema(_ field: String) -> Value {
        let values = field == "where" ? ["left", "center", "right"] : states
        return [
            "type": "object", "properties": .map([field: ["enum": .list(values.map { .string($0) })]]),
            "required": [.string(field)], "additionalProperties": false,
        ]
    }
}
