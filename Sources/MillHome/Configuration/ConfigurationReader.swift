import MillValue

/// Collects what is wrong while a configuration is read, so that all of it is reported at once.
final class IssueCollector {
    private(set) var issues: [ConfigurationIssue] = []

    func add(_ path: [String], _ message: String, suggestion: String? = nil, offset: Int? = nil) {
        issues.append(ConfigurationIssue(path: path, message: message, suggestion: suggestion, offset: offset))
    }

    /// Throws everything that was collected, if anything was.
    func check() throws(HomeError) {
        if !issues.isEmpty { throw .configuration(issues) }
    }
}

/// Reads the keys of one map, each with its type, and reports keys that nobody asked for.
///
/// A getter returns nil both when the key is absent and when its value is wrong; the latter is also reported.
struct ConfigurationReader {
    let path: [String]
    let issues: IssueCollector
    private let map: ValueMap
    private var asked: Set<String> = []

    /// Anything but a map is reported and read as an empty one; null counts as empty.
    init(_ value: Value?, path: [String], issues: IssueCollector) {
        self.path = path
        self.issues = issues
        switch value {
        case .map(let map): self.map = map
        case nil, .null: map = [:]
        case .some(let other):
            map = [:]
            issues.add(path, "expected a map of settings, found \(other.kind)")
        }
    }

    mutating func value(_ key: String) -> Value? {
        asked.insert(key)
        let value = map[key]
        return value == .null ? nil : value
    }

    mutating func string(_ key: String) -> String? {
        read(key, "text") { $0.string }
    }

    mutating func bool(_ key: String) -> Bool? {
        read(key, "true or false") { $0.bool }
    }

    mutating func number(_ key: String, in range: ClosedRange<Double>) -> Double? {
        read(key, "a number from \(range.lowerBound) to \(range.upperBound)") { value in
            value.double.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func int(_ key: String, in range: ClosedRange<Int>) -> Int? {
        read(key, "a whole number from \(range.lowerBound) to \(range.upperBound)") { value in
            value.int.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func duration(_ key: String) -> Duration? {
        read(key, "a time such as 5s, 250ms or 2m") { $0.string.flatMap { Duration(text: $0) } }
    }

    mutating func map(_ key: String) -> ValueMap? {
        read(key, "a map") { $0.map }
    }

    /// A list of texts; a single text counts as a list of one.
    mutating func strings(_ key: String) -> [String]? {
        read(key, "a list of texts") { value in
            if let one = value.string { return [one] }
            guard let list = value.list else { return nil }
            let texts = list.compactMap(\.string)
            return texts.count == list.count ? texts : nil
        }
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        guard let text = string(key) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        report(
            key, "expected one of \(names.joined(separator: ", ")), found '\(text)'",
            suggestion: Suggestion.closest(to: text, among: names))
        return nil
    }

    mutating func read<T>(_ key: String, _ expected: String, _ convert: (Value) -> T?) -> T? {
        guard let value = value(key) else { return nil }
        if let converted = convert(value) { return converted }
        report(key, "expected \(expected), found \(value.json())")
        return nil
    }

    func report(_ key: String, _ message: String, suggestion: String? = nil, offset: Int? = nil) {
        issues.add(path + [key], message, suggestion: suggestion, offset: offset)
    }

    /// Reports the keys that were never asked for.
    func finish() {
        for key in map.keys where !asked.contains(key) {
            issues.add(
                path + [key], "unknown key '\(key)'; known are \(asked.sorted().joined(separator: ", "))",
                suggestion: Suggestion.closest(to: key, among: asked))
        }
    }
}
