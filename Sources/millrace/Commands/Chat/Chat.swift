import ArgumentParser
import Glibc
import MillInference
import MillModels

struct Chat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Talk to a model in the terminal.",
        discussion: """
            The model is asked through its own chat template, and reads only what is new in each turn. Lines may also come through a \
            pipe, one question each:

            millrace chat -m model.gguf --system "Answer in one sentence."
            millrace chat -m vision-model --image room.jpg
            printf 'Hello\\nAnd in French?\\n' | millrace chat -m model.gguf

            Between questions: /image FILE shows a picture to a model that sees, /reset forgets the conversation, /quit ends (so does \
            Ctrl-D). A line that ends with a backslash goes on in the next. Ctrl-C stops an answer; where there is none, a second \
            Ctrl-C ends the program.
            """)

    @OptionGroup var answers: AnswerOptions

    @Option(
        parsing: .unconditional,
        help: "Tokens that the conversation may come to; by default what the model was made for, 8192 at most.")
    var context: Int?

    func validate() throws { try Bounded.check("--context", context, 16...1_048_576) }

    func run() async throws {
        let host = try answers.host()
        let options = try answers.generation(host, limit: 1024)
        let partner = try partner(host, options)
        for image in answers.image { try partner.show(image) }
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
        let name = answers.model.model
        if case .hearth = host.model.network {
            guard answers.system == nil else { throw Failure.usage("\(name) reads no system message") }
            return HearthPartner(host, options)
        }
        guard let language = host.model.network.language else {
            throw Failure.usage("\(name) is a \(host.model.description.family) model, which writes no text")
        }
        let capacity = context ?? min(language.contextLength, 8192)
        if case .vision = host.model.network {
            return PicturePartner(
                try PictureChatSession(host, system: answers.system, capacity: capacity, options), options)
        }
        return TextPartner(try ChatSession(host, system: answers.system, capacity: capacity, options), options)
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
