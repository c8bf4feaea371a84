import Glibc

/// Output for people, on standard error; results go to standard output with `print`.
enum Console {
    static let isTerminal = isatty(STDERR_FILENO) != 0

    static func line(_ text: String) { write(text + "\n") }

    static func error(_ text: String) { write("millrace: \(text)\n") }

    static func warning(_ text: String) { write("warning: \(text)\n") }

    /// Replaces the current line on a terminal; silent elsewhere.
    static func progress(_ text: String) {
        guard isTerminal else { return }
        write("\r\u{1B}[K\(text)")
    }

    static func endProgress() {
        guard isTerminal else { return }
        write("\r\u{1B}[K")
    }

    private static func write(_ text: String) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(STDERR_FILENO, $0.baseAddress.map { $0 + written }, bytes.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            written += count
        }
    }
}
