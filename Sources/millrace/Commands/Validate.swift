import ArgumentParser
import MillGraph
import MillNodes
import MillValue

struct Validate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check pipeline files without running them.",
        discussion: "Every problem is printed with file, line and column. Exit code 2 when a file is not valid.")

    @Argument(help: "The pipeline files (YAML).", completion: .file(extensions: ["yaml", "yml"]))
    var pipelines: [String]

    @Option(name: .customLong("set"), help: ArgumentHelp("Set a parameter; repeatable.", valueName: "name=value"))
    var assignments: [String] = []

    @Option(name: .customLong("secrets"), help: "A file of `name: value` lines for ${secret.name}.")
    var secretsPath: String?

    @Flag(help: "Print the problems as JSON on standard output.")
    var json = false

    func run() async throws {
        var results: [Value] = []
        var isValid = true
        for path in pipelines {
            var arguments = PipelineArguments()
            arguments.pipeline = path
            arguments.assignments = assignments
            arguments.secretsPath = secretsPath
            let problems: [PipelineProblem]
            do {
                let checked = try Pipeline.load(
                    path: path, parameters: try arguments.parameters(), registry: .millrace(journal: RunJournal()),
                    options: LoadOptions(secretsPath: secretsPath))
                problems = checked.warnings
                if !json { print("\(path): valid, \(checked.nodes.count) nodes, \(checked.edges.count) edges") }
            } catch let errors as PipelineErrors {
                problems = errors.problems
                isValid = false
            }
            if !json { for problem in problems { Console.line("\(problem)") } }
            results.append(["file": .string(path), "problems": .list(problems.map(Self.value))])
        }
        if json { print(Value.list(results).json(pretty: true)) }
        if !isValid { throw Failure(message: "", code: 2) }
    }

    private static func value(_ problem: PipelineProblem) -> Value {
        [
            "severity": .string(problem.severity.rawValue), "file": .string(problem.location.file),
            "line": .int(problem.location.line), "column": .int(problem.location.column),
            "message": .string(problem.message), "suggestion": problem.suggestion.map(Value.string) ?? .null,
        ]
    }
}
