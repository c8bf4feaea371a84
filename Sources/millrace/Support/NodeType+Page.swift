import MillGraph
import MillNodes
import MillValue

extension NodeType {
    /// Ports and configuration for people.
    var page: String {
        var text = "\(name)\n  \(summary)\n"
        if needsModel { text += "  needs `model:`, an entry of the file's `models`\n" }
        if needsConnection { text += "  needs `connection:`, an entry of the file's `connections`\n" }
        if isParallel { text += "  works on several packets at once; `parallel: 4` limits how many\n" }
        if takesBatches { text += "  takes lists of packets with `batch: {size: 8, timeout: 50ms}`\n" }
        text += Table.section("inputs", inputs.map { [$0.name, "\($0.type)", $0.isRequired ? "" : "optional", $0.summary] })
        text += Table.section("outputs", outputs.map { [$0.name, "\($0.type)", "", $0.summary] })
        text += Table.section("config", configuration.flatMap { $0.rows() })
        return text
    }
}

/// What can stand in a section of the file besides `nodes`: a kind of model or connection, or a device.
struct SectionEntry {
    /// `models`, `connections` or `devices`.
    let section: String
    let name: String
    let summary: String
    let configuration: [ConfigField]

    /// All of a registry.
    static func all(of registry: NodeRegistry) -> [SectionEntry] {
        let models = [registry.modelType].compactMap { $0 }.map { ("models", $0) }
        let resources = (models + registry.connectionTypes.map { ("connections", $0) }).map { section, type in
            SectionEntry(section: section, name: type.name, summary: type.summary, configuration: type.configuration)
        }
        let device = registry.deviceFields.map {
            SectionEntry(section: "devices", name: "device", summary: "Something that takes commands.", configuration: $0)
        }
        return resources + [device].compactMap { $0 }
    }

    var page: String {
        let place =
            section == "connections" ? "an entry of `connections` whose `url` begins with \(name):" : "an entry of `\(section)`"
        return "\(name)\n  \(summary)\n  \(place)\n" + Table.section("keys", configuration.flatMap { $0.rows() })
    }

    var value: Value {
        [
            "name": .string(name), "section": .string(section), "summary": .string(summary),
            "config": .list(configuration.map(\.value)),
        ]
    }
}

extension ConfigField {
    /// Name, type, presence and meaning; the keys of a mapping follow it, indented.
    fileprivate func rows(indentation: String = "") -> [[String]] {
        let presence = isRequired ? "required" : defaultValue.map { "default \($0.json())" } ?? "optional"
        let row = [indentation + name, kind.description, presence, summary]
        guard case .object(let fields) = kind else { return [row] }
        return [row] + fields.flatMap { $0.rows(indentation: indentation + "  ") }
    }

    fileprivate var value: Value {
        var value: ValueMap = [
            "name": .string(name), "type": .string(kind.description), "required": .bool(isRequired),
            "default": defaultValue ?? .null, "summary": .string(summary),
        ]
        if case .object(let fields) = kind { value["config"] = .list(fields.map(\.value)) }
        return .map(value)
    }
}

/// Rows under a heading.
private enum Table {
    static func section(_ heading: String, _ rows: [[String]]) -> String {
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
}

extension NodeType {
    /// The same for machines.
    var value: Value {
        [
            "name": .string(name), "section": "nodes", "summary": .string(summary), "needsModel": .bool(needsModel),
            "needsConnection": .bool(needsConnection), "parallel": .bool(isParallel), "batch": .bool(takesBatches),
            "inputs": .list(
                inputs.map {
                    [
                        "name": .string($0.name), "type": .string("\($0.type)"), "required": .bool($0.isRequired),
                        "summary": .string($0.summary),
                    ]
                }),
            "outputs": .list(
                outputs.map { ["name": .string($0.name), "type": .string("\($0.type)"), "summary": .string($0.summary)] }),
            "config": .list(configuration.map(\.value)),
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
        case .number(let minimum, let maximum): "number" + Self.range(minimum.map(Self.text), maximum.map(Self.text))
        case .duration: "duration, such as 5s"
        case .rate: "rate, such as 2Hz"
        case .url: "url"
        case .path: "path"
        case .choice(let choices, _): "one of " + choices.joined(separator: ", ")
        case .expression: "CEL expression"
        case .document: "mapping, or path of a JSON or YAML file"
        case .list(let element): "list of " + element.description
        case .object: "mapping"
        case .map(let element): "mapping of " + element.description
        case .form(let name, _): name
        case .any: "any value"
        }
    }

    private static func text(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? String(number) }

    private static func range<Bound>(_ minimum: Bound?, _ maximum: Bound?) -> String {
        switch (minimum, maximum) {
        case (let low?, let high?): " (\(low) to \(high))"
        case (let low?, nil): " (at least \(low))"
        case (nil, let high?): " (at most \(high))"
        case (nil, nil): ""
        }
    }
}
