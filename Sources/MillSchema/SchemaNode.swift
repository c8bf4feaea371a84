import MillValue

/// One (sub)schema after reading. Subschemas are indices into the schema's list of nodes.
package struct SchemaNode: Sendable {
    /// Where it stands: a JSON pointer into the schema document.
    package let path: String

    /// False for the schema `false`, which nothing satisfies.
    package var isSatisfiable = true
    package var types: JSONTypes?
    /// From `enum` and `const`.
    package var allowed: [Value]?

    package var minimumLength = 0
    package var maximumLength: Int?
    package var pattern: Pattern?

    package var lowerBound: NumberBound?
    package var upperBound: NumberBound?
    package var multipleOf: Double?

    package var prefixItems: [Int] = []
    package var items: Int?
    package var minimumItems = 0
    package var maximumItems: Int?
    package var uniqueItems = false

    package var properties: [(name: String, node: Int)] = []
    package var propertyNodes: [String: Int] = [:]
    package var hasProperties = false
    package var required: [String] = []
    package var additionalProperties: Int?
    package var minimumProperties = 0
    package var maximumProperties: Int?

    package var reference: Int?
    package var allOf: [Int] = []
    package var anyOf: [Int]?
    package var oneOf: [Int]?

    init(path: String) { self.path = path }

    /// The schemas that judge the same value as this one does.
    var inPlace: [Int] { (reference.map { [$0] } ?? []) + allOf + (anyOf ?? []) + (oneOf ?? []) }
}

/// A limit on a number.
package struct NumberBound: Sendable, Hashable {
    package var value: Double
    package var isExclusive: Bool

    package func isBelow(_ number: Double) -> Bool { isExclusive ? value < number : value <= number }
    package func isAbove(_ number: Double) -> Bool { isExclusive ? value > number : value >= number }
}
