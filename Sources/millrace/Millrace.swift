import ArgumentParser
import Glibc
import MillCompute
import MillModels
import MillValue

@main
struct Millrace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "millrace",
        abstract: "Run multimodal pipelines on small machines: see, understand, act, confirm.",
        discussion: """
            A pipeline file (YAML) wires sources, image decoders, a vision encoder, a language model and actions into \
            one checked graph. Nothing leaves the machine unless a pipeline says so.

            Exit codes: 0 done, 1 the run failed, 2 usage or an invalid file, 3 some packets failed, 130 interrupted.
            """,
        version: "0.1.0",
        groupedSubcommands: [
            CommandGroup(
                name: "Pipelines:",
                subcommands: [
                    Run.self, Test.self, Validate.self, GraphCommand.self, Nodes.self, Inspect.self, Schema.self,
                    HomeCommand.self,
                ]),
            CommandGroup(
                name: "Models:",
                subcommands: [
                    Models.self, Generate.self, Chat.self, Embed.self, Tokenize.self, Extract.self, Transcribe.self,
                    PerplexityCommand.self, Eval.self,
                    Bench.self,
                ]),
            CommandGroup(name: "Machine:", subcommands: [Doctor.self]),
        ])

    static func main() async {
        do {
            try checkCommandName()
            var command = try parseAsRoot()
            do {
                try Compute.checkEnvironment()
                try PanelCache.checkEnvironment()
            } catch { throw Failure.usage("\(error)") }
            LoadEvent.observe(isCancelled: { Interrupts.happened }, LoadEvent.show)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            if StandardOutput.failure != nil { leave(0) }
        } catch {
            Self.exit(rendering: error)
        }
    }

    /// A word in a command's place that is no command is told so, and not called an unexpected argument.
    private static func checkCommandName() throws {
        var (command, path): (any ParsableCommand.Type, String) = (Self.self, "")
        for word in CommandLine.arguments.dropFirst() {
            let commands = command.configuration.subcommands
            guard !commands.isEmpty, !word.hasPrefix("-"), word != "help" else { return }
            guard let next = commands.first(where: { $0._commandName == word }) else {
                let known = commands.map { $0._commandName }
                let hint =
                    Suggestion.closest(to: word, among: known).map { "did you mean \($0)?" }
                    ?? "there are \(known.joined(separator: ", "))"
                throw Failure.usage("there is no command '\(path)\(word)'; \(hint)")
            }
            (command, path) = (next, "\(path)\(word) ")
        }
    }

    /// Prints what went wrong and leaves with the exit code that the documentation promises.
    private static func exit(rendering error: any Error) -> Never {
        switch error {
        case let failure as Failure:
            if !failure.message.isEmpty { Console.error(failure.message) }
            leave(failure.code)
        default:
            let code = exitCode(for: error)
            if code == .success || code == .validationFailure {
                let text = fullMessage(for: error)
                if code == .success { print(text) } else { Console.line(text) }
                leave(code == .success ? 0 : 2)
            }
            let failure = Failure.code(of: error)
            if failure != Failure.interrupted.code { Console.error("\(error)") }
            leave(failure)
        }
    }

    /// A lost result makes every other end a failure.
    private static func leave(_ code: Int32) -> Never {
        guard let reason = StandardOutput.failure else { Glibc.exit(code) }
        if code != 1 { Console.error(reason) }
        Glibc.exit(1)
    }
}
