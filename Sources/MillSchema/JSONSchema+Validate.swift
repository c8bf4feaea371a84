public import MillValue

extension JSONSchema {
    /// All ways in which `value` does not fit, at most 100; empty when it fits.
    public func validate(_ value: Value) -> [SchemaViolation] {
        var validator = SchemaValidator(nodes: nodes)
        return Array(validator.violations(of: value, node: root, path: "").prefix(100))
    }

    /// Whether `value` satisfies every one of the schemas `nodes`.
    package func accepts(_ value: Value, nodes conjunction: [Int]) -> Bool {
        var validator = SchemaValidator(nodes: nodes)
        return conjunction.allSatisfy { validator.violations(of: value, node: $0, path: "").isEmpty }
    }
}

/// One validation; counts its steps, because nested alternatives can ask for exponentially many.
struct SchemaValidator {
    private static let maximumSteps = 1_000_000

    private let nodes: [SchemaNode]
    private var steps = 0

    init(nodes: [SchemaNode]) { self.nodes = nodes }

    mutating func violations(of value: Value, node index: Int, path: String) -> [SchemaViolation] {
        steps += 1
        func violation(_ message: String) -> SchemaViolation { SchemaViolation(path: path, message: message) }
        guard steps <= Self.maximumSteps else { return [Self.tooComplex(path)] }

        let node = nodes[index]
        guard node.isSatisfiable else { return [violation("is not allowed here")] }
        if let types = node.types, !types.contains(JSONTypes(of: value)) {
            return [violation("expected \(types.names), found \(value.kind)")]
        }
        if let allowed = node.allowed, !allowed.contains(where: { $0.isJSONEqual(to: value) }) {
            return [violation(Self.notAllowed(value, allowed))]
        }
        var result: [SchemaViolation] = []
        switch value {
        case .string(let string): result += Self.messages(for: string, node).map(violation)
        case .int, .double: result += Self.messages(for: value.double ?? .nan, node).map(violation)
        case .list(let list): result += violations(of: list, node, path: path)
        case .map(let map): result += violations(of: map, node, path: path)
        case .null, .bool: break
        }
        for other in (node.reference.map { [$0] } ?? []) + node.allOf {
            result += violations(of: value, node: other, path: path)
        }
        if let anyOf = node.anyOf { result += violationsOfAlternatives(value, anyOf, path: path) }
        if let oneOf = node.oneOf {
            let fitting = oneOf.count { violations(of: value, node: $0, path: path).isEmpty }
            if fitting == 0 { result += violationsOfAlternatives(value, oneOf, path: path) }
            if fitting > 1 { result.append(violation("fits \(fitting) alternatives, but must fit exactly one")) }
        }
        return result
    }

    /// What is wrong when none of `alternatives` fits: the complaints of the one that came closest.
    private mutating func violationsOfAlternatives(_ value: Value, _ alternatives: [Int], path: String) -> [SchemaViolation] {
        var closest: [SchemaViolation]?
        for alternative in alternatives {
            let found = violations(of: value, node: alternative, path: path)
            if found.isEmpty { return [] }
            if found.count < closest?.count ?? .max || found.first?.path.utf8.count ?? 0 > closest?.first?.path.utf8.count ?? 0 {
                closest = found
            }
        }
        let reason = closest?.first.map { ": \($0)" } ?? ""
        return [SchemaViolation(path: path, message: "fits none of \(alternatives.count) alternatives\(reason)")]
    }

    private mutating func violations(of list: [Value], _ node: SchemaNode, path: String) -> [SchemaViolation] {
        var result: [SchemaViolation] = []
        if list.count < node.minimumItems {
            result.append(
                SchemaViolation(path: path, message: "must have at least \(node.minimumItems) items, has \(list.count)"))
        }
        if let maximum = node.maximumItems, list.count > maximum {
            result.append(SchemaViolation(path: path, message: "must have at most \(maximum) items, has \(list.count)"))
        }
        for (index, item) in list.enumerated() {
            let schema = index < node.prefixItems.count ? node.prefixItems[index] : node.items
            if let schema { result += violations(of: item, node: schema, path: "\(path)/\(index)") }
            if node.uniqueItems {
                steps += index / 16
                guard steps <= Self.maximumSteps else { return result + [Self.tooComplex(path)] }
            }
            if node.uniqueItems, list[..<index].contains(where: { $0.isJSONEqual(to: item) }) {
                result.append(SchemaViolation(path: "\(path)/\(index)", message: "repeats an earlier item"))
            }
            if result.count > 100 { break }
        }
        return result
    }

    private mutating func violations(of map: ValueMap, _ node: SchemaNode, path: String) -> [SchemaViolation] {
        var result: [SchemaViolation] = []
        for name in node.required where map[name] == nil {
            result.append(SchemaViolation(path: path, message: "'\(name)' is missing"))
        }
        if map.count < node.minimumProperties {
            result.append(SchemaViolation(path: path, message: "must have at least \(node.minimumProperties) properties"))
        }
        if let maximum = node.maximumProperties, map.count > maximum {
            result.append(SchemaViolation(path: path, message: "must have at most \(maximum) properties"))
        }
        for (name, value) in map {
            let inner = path + "/" + JSONPointer.escaped(name)
            if let property = node.propertyNodes[name] {
                result += violations(of: value, node: property, path: inner)
            } else if let additional = node.additionalProperties {
                if nodes[additional].isSatisfiable {
                    result += violations(of: value, node: additional, path: inner)
                } else {
                    let suggestion = Suggestion.closest(to: name, among: node.properties.map(\.name)).map {
                        "; did you mean '\($0)'?"
                    }
                    result.append(SchemaViolation(path: inner, message: "unknown property\(suggestion ?? "")"))
                }
            }
            if result.count > 100 { break }
        }
        return result
    }
}

extension SchemaValidator {
    private static func tooComplex(_ path: String) -> SchemaViolation {
        SchemaViolation(path: path, message: "too complex to be checked against this schema")
    }

    private static func notAllowed(_ value: Value, _ allowed: [Value]) -> String {
        let names = allowed.prefix(8).map { $0.json() }.joined(separator: ", ") + (allowed.count > 8 ? ", …" : "")
        let suggestion = value.string.flatMap { Suggestion.closest(to: $0, among: allowed.compactMap(\.string)) }
        return (allowed.count == 1 ? "must be \(names)" : "must be one of \(names)")
            + (suggestion.map { "; did you mean \"\($0)\"?" } ?? "")
    }

    private static func messages(for string: String, _ node: SchemaNode) -> [String] {
        var result: [String] = []
        let length = string.unicodeScalars.count
        if length < node.minimumLength { result.append("must have at least \(node.minimumLength) characters, has \(length)") }
        if let maximum = node.maximumLength, length > maximum {
            result.append("must have at most \(maximum) characters, has \(length)")
        }
        if let pattern = node.pattern, !pattern.matches(string) { result.append("does not match the pattern \(pattern.source)") }
        return result
    }

    private static func messages(for number: Double, _ node: SchemaNode) -> [String] {
        var result: [String] = []
        if let bound = node.lowerBound, !bound.isBelow(number) {
            result.append("must be \(bound.isExclusive ? "above" : "at least") \(Value.double(bound.value).shortText)")
        }
        if let bound = node.upperBound, !bound.isAbove(number) {
            result.append("must be \(bound.isExclusive ? "below" : "at most") \(Value.double(bound.value).shortText)")
        }
        if let step = node.multipleOf {
            let quotient = number / step
            if abs(quotient - quotient.rounded()) > 1e-9 * max(1, abs(quotient)) {
                result.append("must be a multiple of \(Value.double(step).shortText)")
            }
        }
        return result
    }
}

extension Value {
    /// A number as a person would write it: without `.0`.
    fileprivate var shortText: String { int.map(String.init) ?? json() }
}
