import ArgumentParser
import MillGraph
import MillNodes

/// The arguments of every command that reads a pipeline file.
struct PipelineArguments: ParsableArguments {
    @Argument(help: "The pipeline file (YAML).", completion: .file(extensions: ["yaml", "yml"]))
    var pipeline: String

    @Option(name: .customLong("set"), help: ArgumentHelp("Set a parameter of the file; repeatable.", valueName: "name=value"))
    var assignments: [String] = []

    @Option(name: .customLong("secrets"), help: "A file of `name: value` lines for ${secret.name}.")
    var secretsPath: String?

    /// The checked pipeline; prints warnings, and all problems of a file that is refused.
    func load(registry: NodeRegistry, showsWarnings: Bool = true) throws -> CheckedPipeline {
        do {
            let checked = try Pipeline.load(
                path: pipeline, parameters: try parameters(), registry: registry,
                options: LoadOptions(secretsPath: secretsPath))
            for warning in checked.warnings where showsWarnings { Console.line("\(warning)") }
            return checked
        } catch let errors as PipelineErrors {
            for problem in errors.problems { Console.line("\(problem)") }
            throw Failure(message: "", code: 2)
        }
    }

    func parameters() throws -> [String: String] {
        var parameters: [String: String] = [:]
        for assignment in assignments {
            guard let equals = assignment.firstIndex(of: "=") else {
                throw Failure.usage("--set \(assignment): write it as name=value")
            }
            parameters[String(assignment[..<equals])] = String(assignment[assignment.index(after: equals)...])
        }
        return parameters
    }
}
