import ArgumentParser
import MillGraph
import MillNodes
import MillValue

struct Nodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the node types that pipelines can use.")

    @Flag(help: "Print JSON on standard output.")
    var json = false

    func run() async throws {
        let types = NodeRegistry.millrace(journal: RunJournal()).nodeTypes.sorted { $0.name < $1.name }
        if json { return print(Value.list(types.map(\.value)).json(pretty: true)) }
        let width = types.map(\.name.count).max() ?? 0
        for type in types {
            print(type.name + String(repeating: " ", count: width - type.name.count + 2) + type.summary)
        }
        print("\nmillrace inspect TYPE shows ports and configuration.")
    }
}

struct Inspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a node type's ports and configuration.")

    @Argument(help: "A node type, such as image.decode.")
    var type: String

    @Flag(help: "Print JSON on standard output.")
    var json = false

    func run() async throws {
        let registry = NodeRegistry.millrace(journal: RunJournal())
        guard let type = registry.nodeType(named: type) else {
            let known = registry.nodeTypes.map(\.name)
            let closest = Suggestion.closest(to: self.type, among: known).map { "; did you mean \($0)?" } ?? ""
            throw Failure.usage("no node type \(self.type)\(closest)\nknown: \(known.sorted().joined(separator: ", "))")
        }
        print(json ? type.value.json(pretty: true) : type.page)
    }
}
