import MillValue

/// Reads checked values out of a model's configuration; every error names the file and the key.
struct ConfigurationReader {
    /// The file that the keys come from, for errors.
    let path: String
    let value: Value
    /// Written before keys in errors (`rope_parameters.`, `llama.`).
    var prefix = ""
    /// What the file calls keys that have another name elsewhere.
    var aliases: [String: String] = [:]

    /// Sizes beyond this are mistakes or attacks; every real model is far below.
    static let maximumSize = 1 << 24
    /// What keeps a norm from dividing by zero; more than this would change its result.
    static let largestEpsilon = 0.1

    func failure(_ key: String, _ problem: String) -> ModelError {
        .configuration(path: path, key: prefix + (aliases[key] ?? key), problem: problem)
    }

    private func present(_ key: String) -> Value? {
        guard let found = value[aliases[key] ?? key], !found.isNull else { return nil }
        return found
    }

    func contains(_ key: String) -> Bool { present(key) != nil }

    /// Whether the key is there and says that there is nothing.
    func isNull(_ key: String) -> Bool { value[aliases[key] ?? key]?.isNull ?? false }

    /// A whole number from 1 to ``maximumSize``.
    func size(_ key: String, default fallback: Int? = nil, atLeast minimum: Int = 1) throws(ModelError) -> Int {
        guard let found = present(key) else {
            guard let fallback else { throw failure(key, "is missing") }
            return fallback
        }
        guard let number = found.int else { throw failure(key, "must be a whole number, not \(found.kind)") }
        guard number >= minimum, number <= Self.maximumSize else {
            throw failure(key, "is \(number), outside \(minimum)...\(Self.maximumSize)")
        }
        return number
    }

    /// A number above zero, up to `maximum`, that is finite and above zero in 32 bits, too.
    func positive(
        _ key: String, default fallback: Double? = nil, upTo maximum: Double = Double(Float.greatestFiniteMagnitude)
    ) throws(ModelError) -> Double {
        guard let found = present(key) else {
            guard let fallback else { throw failure(key, "is missing") }
            return fallback
        }
        guard let number = found.double else { throw failure(key, "must be a number, not \(found.kind)") }
        guard number > 0, Float(number) > 0 else { throw failure(key, "is \(number), not above zero") }
        guard number <= maximum else { throw failure(key, "is \(number), above \(maximum)") }
        return number
    }

    /// A number that is finite in 32 bits, too.
    func number(_ key: String, default fallback: Double) throws(ModelError) -> Double {
        guard let found = present(key) else { return fallback }
        guard let number = found.double, Float(number).isFinite else { throw failure(key, "must be a number") }
        return number
    }

    func bool(_ key: String, default fallback: Bool) throws(ModelError) -> Bool {
        guard let found = present(key) else { return fallback }
        guard let flag = found.bool else { throw failure(key, "must be true or false, not \(found.kind)") }
        return flag
    }

    func string(_ key: String, default fallback: String? = nil) throws(ModelError) -> String {
        guard let found = present(key) else {
            guard let fallback else { throw failure(key, "is missing") }
            return fallback
        }
        guard let text = found.string else { throw failure(key, "must be a string, not \(found.kind)") }
        return text
    }

    /// A number from 0 to 1; nil when the key is absent.
    func fraction(_ key: String) throws(ModelError) -> Double? {
        guard let found = present(key) else { return nil }
        guard let number = found.double, (0...1).contains(number) else { throw failure(key, "must be a number from 0 to 1") }
        return number
    }

    func strings(_ key: String, default fallback: [String]? = nil) throws(ModelError) -> [String] {
        if let fallback, !contains(key) { return fallback }
        guard let list = present(key)?.list else { throw failure(key, "must be a list of strings") }
        let texts = list.compactMap(\.string)
        guard texts.count == list.count else { throw failure(key, "must be a list of strings") }
        return texts
    }

    /// Names that can be told from each other and shown: different ones, at least one, none of them empty, longer than 100 letters
    /// or with control characters.
    func names(_ key: String, default fallback: [String]? = nil) throws(ModelError) -> [String] {
        let names = try strings(key, default: fallback)
        guard !names.isEmpty, Set(names).count == names.count else { throw failure(key, "must be different names, at least one") }
        for (index, name) in names.enumerated() {
            let isShown = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            guard !name.isEmpty, name.count <= 100, isShown else {
                throw failure("\(key)[\(index)]", "must be a name of 1 to 100 letters, without control characters")
            }
        }
        return names
    }

    /// A list of whole numbers of `range`.
    func integers(_ key: String, in range: ClosedRange<Int>) throws(ModelError) -> [Int] {
        guard let list = present(key)?.list else { throw failure(key, "must be a list of whole numbers") }
        let numbers = list.compactMap(\.int)
        guard numbers.count == list.count, numbers.allSatisfy(range.contains) else {
            throw failure(key, "must be a list of whole numbers in \(range)")
        }
        return numbers
    }

    /// A list of `count` numbers above zero that are finite in 32 bits, too.
    func positives(_ key: String, count: Int) throws(ModelError) -> [Double] {
        let numbers = present(key)?.list?.compactMap(\.double) ?? []
        guard numbers.count == count, numbers.count == present(key)?.list?.count,
            numbers.allSatisfy({ Float($0) > 0 && Float($0).isFinite })
        else { throw failure(key, "must be a list of \(count) numbers above zero") }
        return numbers
    }

    /// A list of truth values.
    func bools(_ key: String) throws(ModelError) -> [Bool] {
        let flags = present(key)?.list?.compactMap(\.bool) ?? []
        guard flags.count == present(key)?.list?.count else { throw failure(key, "must be a list of true and false") }
        return flags
    }

    /// Refuses keys that would make the model compute something else, unless they are 0, 1 or false.
    func refuse(_ keys: [String]) throws(ModelError) {
        for key in keys {
            guard let found = present(key), found.bool != false, found.double != 0, found.double != 1 else { continue }
            throw .unsupported(path: path, key: prefix + (aliases[key] ?? key), value: found.json(), supported: ["no such key"])
        }
    }

    /// Refuses a switch that is there and not as it must be.
    func refuse(_ key: String, other needed: Bool) throws(ModelError) {
        guard try bool(key, default: needed) != needed else { return }
        throw .unsupported(path: path, key: prefix + (aliases[key] ?? key), value: "\(!needed)", supported: ["\(needed)"])
    }

    /// One token id or a list of them; none when the key is absent.
    func tokenIDs(_ key: String, vocabularySize: Int) throws(ModelError) -> [Int32] {
        guard let found = present(key) else { return [] }
        let values = found.list ?? [found]
        let ids = values.compactMap(\.int).filter { (0..<vocabularySize).contains($0) }.map { Int32($0) }
        guard ids.count == values.count else { throw failure(key, "names no token of the vocabulary of \(vocabularySize)") }
        return ids
    }

    /// The values of a nested object, or of the keys that begin with the name and a point, as GGUF has them; nil when there
    /// are neither.
    func nested(_ key: String) throws(ModelError) -> ConfigurationReader? {
        guard let found = present(key) else {
            let inner = (value.map ?? [:]).filter { $0.key.hasPrefix(key + ".") }
            guard !inner.isEmpty else { return nil }
            let entries = inner.map { (String($0.key.dropFirst(key.count + 1)), $0.value) }
            return ConfigurationReader(path: path, value: .map(ValueMap(entries)), prefix: prefix + key + ".")
        }
        guard case .map = found else { throw failure(key, "must be an object, not \(found.kind)") }
        return ConfigurationReader(path: path, value: found, prefix: prefix + key + ".")
    }
}
