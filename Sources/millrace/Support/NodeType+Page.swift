import MillGraph
import MillNodes
import MillValue

extension NodeType {
    /// Ports and configuration for people.
    var page: String {
        var text = "\(name)\n  \(summary)\n"
        if needsModel { text += "  needs `model:`, an entry of the file's `models`\n" }
        if needsConnection { text += "  needs `connection:`, an entry of the file's `connections`\n" }
        text += Self.section("inputs", inputs.map { [$0.name, "\($0.type)", $0.isRequired ? "" : "optional", $0.summary] })
        text += Self.section("outputs", outputs.map { [$0.name, "\($0.type)", "", $0.summary] })
        text += Self.section(
            "config",
            configuration.map { field in
                let presence = field.isRequired ? "required" : field.defaultValue.map { "default \($0.json())" } ?? "optional"
                return [field.name, field.kind.description, presence, field.summary]
            })
        return text
    }

    private static func section(_ heading: String, _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            var line = "  "
            for column in 0..<3 where widths[column] > 0 {
                line += "  " + row[column] + String(repeating: " ", count: widths[column] - row[column].count)
            }
            return (line + "  " + row[3])
        }
        return "\n  \(heading)\n" + lines.joined(separator: "\n") + "\n"
    }

    /// The same for machines.
    var value: Value {
        [
            "name": .string(name), "summary": .string(summary), "needsModel": .bool(needsModel),
            "needsConnection": .bool(needsConnection),
            "inputs": .list(
                inputs.map {
                    [
                        "name": .string($0.name), "type": .string("\($0.type)"), "required": .bool($0.isRequired),
                        "summary": .string($0.summary),
                    ]
                }),
            "outputs": .list(
                outputs.map { ["name": .string($0.name), "type": .string("\($0.type)"), "summary": .string($0.summary)] }),
            "config": .list(
                configuration.map {
                    [
                        "name": .string($0.name), "type": .string($0.kind.description), "required": .bool($0.isRequired),
                        "default": $0.defaultValue ?? .null, "summary": .string($0.summary),
                    ]
                }),
        ]
    }
}

extension ConfigField.Kind {
    /// The type in words: `integer (1 to 64)`, `one of wait, drop_oldest`.
    var description: String {
        switch self {
        case .string: "string"
        case .boolean: "boolean"
        case .integer(let minimum, let maximum): "integer" + Self.range(minimum, maximum)
        case .number(let minimum, let maximum): "number" + Self.range(minimum, maximum)
        case .duration: "duration (5s)"
        case .rate: "rate (2Hz)"
        case .url: "url"
        case .path: "path"
        case .choice(let choices): "one of " + choices.joined(separator: ", ")
        case .expression: "CEL expression"
        case .document: "mapping, or path of a JSON or YAML file"
        case .list(let element): "list of " + element.description
        case .object: "mapping"
        case .map(let element): "mapping of " + element.description
        case .form(let name, _): name
        case .any: "any value"
        }
    }

    private static func range<Bound>(_ minimum: Bound?, _ maximum: Bound?) -> String {
        switch (minimum, maximum) {
        case (let low?, let high?): " (\(low) to \(high))"
        case (let low?, nil): " (at least \(low))"
        case (nil, let high?): " (at most \(high))"
        case (nil, nil): ""
        }
    }
}
