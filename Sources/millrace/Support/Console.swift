import Glibc
import Synchronization

extension String {
    /// With control characters written out, so that the name of a file cannot speak to the terminal.
    func visible(keepingLines: Bool = true) -> String {
        let isPlain: (Unicode.Scalar) -> Bool = { scalar in
            switch scalar.properties.generalCategory {
            case .control: scalar == "\t" || keepingLines && scalar == "\n"
            case .format, .lineSeparator, .paragraphSeparator: scalar == "\u{200d}"
            default: true
            }
        }
        guard !unicodeScalars.allSatisfy(isPlain) else { return self }
        return unicodeScalars.map { isPlain($0) ? String($0) : "\\u{\(String($0.value, radix: 16))}" }.joined()
    }
}

/// Output for people, on standard error; results go to ``StandardOutput`` with `print`.
enum Console {
    static let isTerminal = isatty(STDERR_FILENO) != 0

    static func line(_ text: String) { write(text.visible() + "\n") }

    static func error(_ text: String) { write("millrace: \(text.visible())\n") }

    static func warning(_ text: String) { write("warning: \(text.visible())\n") }

    /// Replaces the current line on a terminal; elsewhere, a line of its own twice a minute.
    static func progress(_ text: String) {
        guard !isTerminal else { return prompt(text) }
        let now = ContinuousClock.now
        let isDue = lastLogged.withLock { last in
            guard now - last >= .seconds(30) else { return false }
            last = now
            return true
        }
        if isDue { line(text) }
    }

    private static let lastLogged = Mutex(ContinuousClock.now)

    /// Replaces the current line on a terminal; silent elsewhere.
    static func prompt(_ text: String) {
        guard isTerminal else { return }
        write("\r\u{1B}[K\(text)")
    }

    static func endProgress() {
        guard isTerminal else { return }
        write("\r\u{1B}[K")
    }

    // Where standard error is lost there is nobody left to tell.
    private static func write(_ text: String) { _ = writeAll(text, to: STDERR_FILENO) }
}
