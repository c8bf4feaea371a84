import ArgumentParser
import MillEvaluation
import MillModels
import MillValue

struct PerplexityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "perplexity", abstract: "Measure how well a text model foretells a text.",
        discussion: """
            The measure is that of llama.cpp: the text is cut into windows of --context tokens, each read on its own, and the \
            tokens of the second half of each count (those after its first context/2 + 1). With --stride a window begins every \
            so many tokens, and the last so many tokens of each count. A window begins with the model's begin token, if it has \
            one. What fills no window at the end of the text is not read.

            millrace perplexity -m model.gguf wiki.test.raw

            Ctrl-C stops after the window at hand.
            """)

    @OptionGroup var model: ModelOptions

    @Option(name: .shortAndLong, parsing: .unconditional, help: "Tokens of a window; by default 512, or the model's context.")
    var context: Int?

    @Option(parsing: .unconditional, help: "Tokens from one window's begin to the next one's; by default they do not overlap.")
    var stride: Int?

    @Option(help: "A LoRA adapter: a folder with adapter_config.json, or a GGUF file, and @SCALE after it; may be repeated.")
    var adapter: [String] = []

    @Flag(help: "Print JSON on standard output.")
    var json = false

    @Argument(help: ArgumentHelp("The text; - for standard input.", valueName: "textfile"))
    var text: String

    func validate() throws {
        try Bounded.check("--context", context, 4...1 << 20)
        try Bounded.check("--stride", stride, 1...1 << 20)
    }

    func run() async throws {
        Interrupts.observe { _ in }
        let text = try TextFile.read(text)
        let loaded = try model.load()
        let sources = adapter.map { LoRAAdapter.Source($0) }
        let adapter = try sources.isEmpty ? nil : loaded.network.text.map { try LoRAAdapter(sources, for: $0) }
        let report: Perplexity
        do {
            report = try Perplexity.measure(
                loaded, text, path: self.text, length: context, stride: stride, adapter: adapter,
                isCancelled: { Interrupts.happened }
            ) { done, all, perplexity in
                Console.progress("window \(done) of \(all), perplexity \(RunSummary.decimal(perplexity))")
            }
        } catch is CancellationError {
            Console.endProgress()
            throw Failure.interrupted
        }
        Console.endProgress()
        print(json ? report.value.json(pretty: true) : report.description)
    }
}
