import ArgumentParser
import MillGraph
import MillNodes
import MillValue

struct Nodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what pipelines can use: node types, models, connections and devices.")

    @Flag(help: "Print JSON on standard output.")
    var json = false

    func run() async throws {
        let registry = NodeRegistry.millrace(journal: RunJournal())
        let types = registry.nodeTypes.sorted { $0.name < $1.name }
        let entries = SectionEntry.all(of: registry)
        if json { return print(Value.list(types.map(\.value) + entries.map(\.value)).json(pretty: true)) }
        let rows = types.map { ("nodes", $0.name, $0.summary) } + entries.map { ($0.section, $0.name, $0.summary) }
        let width = rows.map(\.1.count).max() ?? 0
        var section = ""
        for row in rows {
            if row.0 != section { print("\(section.isEmpty ? "" : "\n")\(row.0)") }
            section = row.0
            print("  " + row.1 + String(repeating: " ", count: width - row.1.count + 2) + row.2)
        }
        print("\nmillrace inspect NAME shows ports and keys.")
    }
}

struct Inspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a node type's ports and configuration, or the keys of a model, connection or device.")

    @Argument(help: "A node type, such as image.decode; or model, virtual, mqtt, mqtts or device.")
    var type: String

    @Flag(help: "Print JSON on standard output.")
    var json = false

    func run() async throws {
        let registry = NodeRegistry.millrace(journal: RunJournal())
        let entries = SectionEntry.all(of: registry)
        if let type = registry.nodeType(named: type) {
            return print(json ? type.value.json(pretty: true) : type.page)
        }
        if let entry = entries.first(where: { $0.name == type }) {
            return print(json ? entry.value.json(pretty: true) : entry.page)
        }
        let known = registry.nodeTypes.map(\.name).sorted() + entries.map(\.name)
        let closest = Suggestion.closest(to: type, among: known).map { "; did you mean \($0)?" } ?? ""
        throw Failure.usage("there is no \(type)\(closest)\nknown: \(known.joined(separator: ", "))")
    }
}
