import MillValue

/// A checked mapping with defaults filled in: a node's `config`, a model's or a connection's entry.
public struct Configuration: Sendable {
    /// What the file and the defaults say; paths absolute, parameters substituted.
    public let values: ValueMap
    /// Whose configuration it is, for errors (`node scene`).
    let owner: String

    package init(values: ValueMap, owner: String) {
        self.values = values
        self.owner = owner
    }

    public subscript(name: String) -> Value? {
        guard let value = values[name], !value.isNull else { return nil }
        return value
    }

    public func string(_ name: String) throws(GraphError) -> String { try get(name, "a string", \.string) }
    public func int(_ name: String) throws(GraphError) -> Int { try get(name, "an integer", \.int) }
    public func double(_ name: String) throws(GraphError) -> Double { try get(name, "a number", \.double) }
    public func bool(_ name: String) throws(GraphError) -> Bool { try get(name, "a boolean", \.bool) }
    public func list(_ name: String) throws(GraphError) -> [Value] { try get(name, "a list", \.list) }

    public func duration(_ name: String) throws(GraphError) -> Duration {
        guard let duration = Duration(text: try string(name)) else {
            throw .configuration(owner: owner, field: name, expected: "a duration such as 5s")
        }
        return duration
    }

    public func rate(_ name: String) throws(GraphError) -> Rate {
        guard let rate = Rate(text: try string(name)) else {
            throw .configuration(owner: owner, field: name, expected: "a rate such as 2Hz")
        }
        return rate
    }

    private func get<Result>(
        _ name: String, _ expected: String, _ read: (Value) -> Result?
    ) throws(GraphError) -> Result {
        guard let value = self[name], let result = read(value) else {
            throw .configuration(owner: owner, field: name, expected: expected)
        }
        return result
    }
}
