import ArgumentParser
import MillGraph
import MillNodes
import MillValue

struct Schema: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the JSON Schema of pipeline files, so that editors complete and check.")

    @Flag(help: "What it prints is JSON in any case.")
    var json = false

    func run() async throws {
        print(NodeRegistry.millrace(journal: RunJournal()).pipelineSchema().json(pretty: true))
    }
}
