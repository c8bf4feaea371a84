import MillValue

/// The first place at which a value is not what a test expects.
package struct ValueDifference {
    /// `state.brightness`, `[2].label`; empty for the value itself.
    let path: String
    let expected: String
    let actual: String

    /// `label is "cat", expected "dog"`.
    package var text: String { "\(path.isEmpty ? "" : "\(path) ")is \(actual), expected \(expected)" }

    /// Numbers that differ by no more than this share are equal: another instruction set may round another way.
    private static let tolerance = 1e-6

    /// nil where all that is expected agrees. Of a mapping only the expected keys are looked at; a list must have the same
    /// length.
    package static func find(expected: Value, actual: Value, at path: String = "") -> ValueDifference? {
        switch (expected, actual) {
        case (.map(let wanted), .map(let given)):
            for (key, value) in wanted {
                let place = path.isEmpty ? key : "\(path).\(key)"
                guard let found = given[key] else {
                    return ValueDifference(path: place, expected: value.json(), actual: "missing")
                }
                if let difference = find(expected: value, actual: found, at: place) { return difference }
            }
            return nil
        case (.list(let wanted), .list(let given)):
            guard wanted.count == given.count else {
                return ValueDifference(
                    path: path, expected: "\(wanted.count) entries", actual: "a list of \(given.count): \(shown(actual))")
            }
            for (index, (value, found)) in zip(wanted, given).enumerated() {
                if let difference = find(expected: value, actual: found, at: "\(path)[\(index)]") { return difference }
            }
            return nil
        default:
            if let wanted = expected.double, let given = actual.double {
                let isClose = abs(wanted - given) <= tolerance * max(abs(wanted), abs(given))
                if wanted == given || isClose { return nil }
            } else if expected == actual {
                return nil
            }
            return ValueDifference(path: path, expected: shown(expected), actual: shown(actual))
        }
    }

    private static func shown(_ value: Value) -> String {
        let text = value.json()
        return text.count <= 200 ? text : text.prefix(200) + " …"
    }
}
