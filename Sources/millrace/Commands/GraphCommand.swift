import ArgumentParser
import MillGraph
import MillNodes
import MillValue

struct GraphCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph", abstract: "Draw a pipeline, with types on its edges.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case mermaid, dot, svg
    }

    @OptionGroup var arguments: PipelineArguments

    @Option(help: "mermaid, dot or svg.")
    var format: Format = .mermaid

    @Flag(help: "Print the order, queues and bounds instead of a drawing.")
    var plan = false

    @Flag(help: "Print nodes, edges and types as JSON instead of a drawing.")
    var json = false

    func validate() throws {
        if plan, json { throw ValidationError("--plan and --json print different things; give one of them") }
    }

    func run() async throws {
        let pipeline = try arguments.load(registry: .millrace(journal: RunJournal()))
        if json { return print(pipeline.graph.json(pretty: true)) }
        if plan { return print(pipeline.plan()) }
        switch format {
        case .mermaid: print(pipeline.mermaid())
        case .dot: print(pipeline.dot())
        case .svg: print(pipeline.svg())
        }
    }
}
