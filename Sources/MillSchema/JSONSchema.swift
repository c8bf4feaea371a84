public import MillValue

/// A JSON Schema (a subset of draft 2020-12): types, `enum`, `const`, objects, arrays, strings, numbers,
/// `anyOf`, `oneOf`, `allOf`, and local `$ref`.
///
/// A keyword that is not understood is an error when the schema is read, so a schema never means less than it says.
///
/// ```swift
/// let schema = try JSONSchema(json: #"{"type": "object", "properties": {"count": {"type": "integer", "minimum": 0}}}"#)
/// schema.validate(["count": -1])  // [/count: must be at least 0]
/// ```
public struct JSONSchema: Sendable {
    /// The document this was read from.
    public let source: Value
    package let nodes: [SchemaNode]
    package let root: Int

    /// Reads a schema; throws if it uses something that is not supported.
    public init(_ schema: Value) throws(SchemaError) {
        var reader = SchemaReader(document: schema)
        root = try reader.readDocument()
        nodes = reader.nodes
        source = schema
    }

    /// Reads a schema from JSON text.
    public init(json: String) throws(SchemaError) {
        let value: Value
        do { value = try JSON.parse(json, maximumDepth: SchemaReader.maximumDepth * 2) } catch { throw .invalidJSON(error) }
        try self.init(value)
    }
}
