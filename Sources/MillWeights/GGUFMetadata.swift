import MillValue

/// The key/value pairs of a GGUF file, in the file's order, with typed access.
public struct GGUFMetadata: Sendable {
    /// The file that messages name.
    public let path: String
    public private(set) var keys: [String] = []
    private var values: [String: GGUFValue] = [:]

    init(path: String) { self.path = path }

    public subscript(key: String) -> GGUFValue? { values[key] }

    /// Adds a pair; false when the key is there already.
    mutating func insert(_ value: GGUFValue, for key: String) -> Bool {
        guard values.updateValue(value, forKey: key) == nil else { return false }
        keys.append(key)
        return true
    }

    /// The string at `key`; nil when the key is absent.
    ///
    /// - Throws: ``WeightsError/wrongType(path:key:expected:actual:)``, as all typed getters.
    public func string(_ key: String) throws(WeightsError) -> String? {
        try get(key, "a string") { if case .string(let text) = $0 { text } else { nil } }
    }

    public func integer(_ key: String) throws(WeightsError) -> Int? {
        try get(key, "an integer") { if case .integer(let value, _) = $0 { Int(value) } else { nil } }
    }

    /// The floating-point number or integer at `key`.
    public func number(_ key: String) throws(WeightsError) -> Double? {
        try get(key, "a number") {
            switch $0 {
            case .float(let value, _): value
            case .integer(let value, _): Double(value)
            default: nil
            }
        }
    }

    public func bool(_ key: String) throws(WeightsError) -> Bool? {
        try get(key, "a bool") { if case .bool(let value) = $0 { value } else { nil } }
    }

    public func strings(_ key: String) throws(WeightsError) -> [String]? {
        try get(key, "an array of strings") { if case .array(let array) = $0 { array.strings } else { nil } }
    }

    public func integers(_ key: String) throws(WeightsError) -> [Int]? {
        try get(key, "an array of integers") { if case .array(let array) = $0 { array.integers } else { nil } }
    }

    public func numbers(_ key: String) throws(WeightsError) -> [Double]? {
        try get(key, "an array of numbers") { if case .array(let array) = $0 { array.numbers } else { nil } }
    }

    public func requiredString(_ key: String) throws(WeightsError) -> String {
        try require(key, try string(key))
    }

    public func requiredInteger(_ key: String) throws(WeightsError) -> Int {
        try require(key, try integer(key))
    }

    public func requiredNumber(_ key: String) throws(WeightsError) -> Double {
        try require(key, try number(key))
    }

    /// The pairs whose keys start with `prefix`, as dynamic values; arrays of arrays are left out.
    public func valueMap(prefix: String = "") -> ValueMap {
        var map = ValueMap()
        for key in keys where key.hasPrefix(prefix) {
            if let value = values[key]?.value { map[key] = value }
        }
        return map
    }

    private func require<Result>(_ key: String, _ value: Result?) throws(WeightsError) -> Result {
        guard let value else { throw .missingKey(path: path, key: key) }
        return value
    }

    private func get<Result>(
        _ key: String, _ expected: String, _ convert: (GGUFValue) -> Result?
    ) throws(WeightsError) -> Result? {
        guard let value = values[key] else { return nil }
        guard let result = convert(value) else {
            throw .wrongType(path: path, key: key, expected: expected, actual: value.typeName)
        }
        return result
    }
}

extension GGUFValue {
    /// The dynamic value; nil for arrays of arrays.
    var value: Value? {
        switch self {
        case .integer(let value, _): .int(Int(value))
        case .unsigned(let value): .double(Double(value))
        case .float(let value, _): .double(value)
        case .bool(let value): .bool(value)
        case .string(let text): .string(text)
        case .array(let array):
            switch array.elementType {
            case .string: array.strings.map { .list($0.map(Value.string)) }
            case .bool: array.integers.map { .list($0.map { .bool($0 != 0) }) }
            case .f32, .f64: array.numbers.map { .list($0.map(Value.double)) }
            case .array: nil
            default: array.integers.map { .list($0.map(Value.int)) }
            }
        }
    }
}
