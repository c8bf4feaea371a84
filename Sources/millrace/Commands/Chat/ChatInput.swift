/// The lines of a conversation.
enum ChatInput {
    static let prompt = "> "

    /// The next question; a backslash at the end of a line takes the next one along. Nil at the end.
    static func next() -> String? {
        show(prompt)
        guard var text = line() else { return nil }
        while text.hasSuffix("\\") {
            text.removeLast()
            show("… ")
            guard let more = line() else { break }
            text += "\n" + more
        }
        return text.drop { $0.isWhitespace }.isEmpty ? "" : text
    }

    private static func line() -> String? {
        defer { ChatInterrupts.forget() }
        return readLine()
    }

    private static func show(_ text: String) {
        // Not on standard output, which may go to a file.
        if StandardInput.isTerminal { Console.prompt(text) }
    }
}
