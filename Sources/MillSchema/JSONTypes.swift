import MillValue

/// The types of JSON Schema as a set; `number` alone means "a number with a fraction".
package struct JSONTypes: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let null = JSONTypes(rawValue: 1)
    package static let boolean = JSONTypes(rawValue: 2)
    package static let integer = JSONTypes(rawValue: 4)
    package static let fraction = JSONTypes(rawValue: 8)
    package static let string = JSONTypes(rawValue: 16)
    package static let array = JSONTypes(rawValue: 32)
    package static let object = JSONTypes(rawValue: 64)
    package static let number: JSONTypes = [.integer, .fraction]
    package static let all = JSONTypes(rawValue: 127)

    /// The type names of JSON Schema and what each accepts.
    static let named: [(name: String, types: JSONTypes)] = [
        ("null", .null), ("boolean", .boolean), ("number", .number), ("integer", .integer), ("string", .string),
        ("array", .array), ("object", .object),
    ]

    /// The type of `value`; `1.0` is an integer.
    init(of value: Value) {
        self =
            switch value {
            case .null: .null
            case .bool: .boolean
            case .int: .integer
            case .double(let double): double.rounded() == double ? .integer : .fraction
            case .string: .string
            case .list: .array
            case .map: .object
            }
    }

    /// Names for messages: `string or null`.
    var names: String {
        var rest = self
        var names: [String] = []
        for (name, types) in Self.named where rest.isSuperset(of: types) {
            names.append(name)
            rest.subtract(types)
        }
        return names.joined(separator: " or ")
    }
}
