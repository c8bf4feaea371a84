import ArgumentParser
import MillGraph
import MillNodes

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

    func run() async throws {
        let pipeline = try arguments.load(registry: .millrace(journal: RunJournal()))
        if plan { return print(pipeline.plan()) }
        switch format {
        case .mermaid: print(pipeline.mermaid())
        case .dot: print(pipeline.dot())
        case .svg: print(pipeline.svg())
        }
    }
}
