import Glibc

/// What comes on standard input.
enum StandardInput {
    static let isTerminal = isatty(STDIN_FILENO) != 0

    /// Texts longer than this, in bytes, are refused.
    private static let limit = 64 << 20

    /// All of it, to its end, as text.
    static func all() throws -> String {
        if isTerminal { Console.line("reading from the terminal; end with Ctrl-D") }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count > 0 {
                bytes += buffer[..<count]
                guard bytes.count <= limit else { throw Failure.usage("the text has more than \(limit >> 20) MiB") }
            } else if count == 0 {
                return String(decoding: bytes, as: UTF8.self)
            } else if errno != EINTR {
                throw Failure.run("cannot read standard input: \(String(cString: strerror(errno)))")
            }
        }
    }
}
