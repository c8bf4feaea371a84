import ArgumentParser
import Glibc
import MillInference
import MillModels
import MillTensor
import MillValue

struct Chat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Talk to a model in the terminal.",
        discussion: """
            The model is asked through its own chat template, and reads only what is new in each turn. Lines may also come through a \
            pipe, one question each:

            millrace chat -m model.gguf --system "Answer in one sentence."
            printf 'Hello\\nAnd in French?\\n' | millrace chat -m model.gguf

            Between questions: /image FILE shows a picture to a model that sees, /reset forgets the conversation, /quit ends (so does \
            Ctrl-D). A line that ends with a backslash goes on in the next. Ctrl-C stops an answer; where there is none, a second \
            Ctrl-C ends the program.
            """)

    @Option(name: .shortAndLong, help: "A folder, a .gguf file, or builtin:NAME.")
    var model: String

    @Option(help: "What the model is told before everything else.")
    var system: String?

    @Option(help: "A JPEG or PNG picture to begin with, for models that see.")
    var image: String?

    @Option(help: "A LoRA adapter: a folder with adapter_config.json, or a GGUF file, and @SCALE after it; may be repeated.")
    var adapter: [String] = []

    @Option(help: "What a text model keeps keys and values in: f32, f16, bf16 or q8_0; f16 by default.")
    var kv: CacheType?

    @Option(
        parsing: .unconditional,
        help: "Tokens that the conversation may come to; by default what the model was made for, 8192 at most.")
    var context: Int?

    @Option(parsing: .unconditional, help: "Longest answer in tokens.")
    var maxTokens = 1024

    @OptionGroup var sampling: SamplingOptions

    func validate() throws {
        try Bounded.check("--max-tokens", maxTokens, 1...65536)
        try Bounded.check("--context", context, 16...1_048_576)
    }

    func run() async throws {
        let host = try ModelHost(path: model)
        var options = GenerationOptions(sampling: sampling.sampling, tokenLimit: maxTokens)
        if !adapter.isEmpty { options.adapter = try host.adapter(adapter.map { LoRAAdapter.Source($0) }) }
        options.cacheType = kv?.dtype
        let partner = try partner(host, options)
        if let image { try partner.show(image) }
        ChatInterrupts.observe()
        if StandardInput.isTerminal { Console.line("/image FILE, /reset, /quit; Ctrl-C stops an answer") }
        for notice in partner.notices { Console.warning(notice) }
        var hasFailed = false
        while let line = ChatInput.next() {
            do {
                guard try take(line, partner) else { break }
            } catch {
                Console.error((error as? Failure)?.message ?? "\(error)")
                // Whoever types can go on; a script has to know.
                hasFailed = true
            }
        }
        if StandardInput.isTerminal { Console.line("") }
        if hasFailed, !StandardInput.isTerminal { throw Failure.run("") }
    }

    private func partner(_ host: ModelHost, _ options: GenerationOptions) throws -> any ChatPartner {
        if case .hearth = host.model.network {
            guard system == nil else { throw Failure.usage("\(model) reads no system message") }
            return PicturePartner(host, options)
        }
        guard let language = host.model.network.language else {
            throw Failure.usage("\(model) is a \(host.model.description.family) model, which writes no text")
        }
        let capacity = context ?? min(language.contextLength, 8192)
        return TextPartner(try ChatSession(host, system: system, capacity: capacity, options), options)
    }

    /// Carries out one line; false ends the conversation.
    private func take(_ line: String, _ partner: any ChatPartner) throws -> Bool {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        switch words.first {
        case nil: return true
        case "/quit", "/exit", "/bye": return false
        case "/reset", "/clear":
            try partner.reset()
            Console.line("the conversation is forgotten")
        case "/image":
            guard words.count == 2 else { throw Failure.usage("/image FILE needs the name of a picture") }
            try partner.show(words[1])
        case let word? where word.hasPrefix("/") && !word.dropFirst().contains("/") && word.count > 1:
            throw Failure.usage("there is no \(word); there are /image FILE, /reset and /quit")
        default:
            let end = try ChatInterrupts.duringAnswer { isCancelled in
                try partner.answer(line, onText: { print($0, terminator: "") }, isCancelled: isCancelled)
            }
            print("")
            if let end { Console.line("(\(end))") }
        }
        return true
    }
}
