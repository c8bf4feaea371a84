import Glibc
import Synchronization

/// Where results go, each as soon as it is printed. A result that does not get there, because of a full disk for
/// example, makes the program end with exit code 1.
enum StandardOutput {
    private static let error = Mutex<Int32>(0)

    /// Why something printed was lost; nil if nothing was.
    static var failure: String? {
        let code = error.withLock { $0 }
        return code == 0 ? nil : "cannot write to standard output: \(String(cString: strerror(code)))"
    }

    fileprivate static func write(_ text: String) {
        error.withLock { error in
            // What follows a gap would only look like a result.
            if error == 0 { error = writeAll(text, to: STDOUT_FILENO) }
        }
    }
}

/// Prints to ``StandardOutput``. It stands in for the standard library's function in this whole program, which does not
/// tell whether anything was written.
func print(_ item: some CustomStringConvertible, terminator: String = "\n") {
    StandardOutput.write(item.description + terminator)
}

/// Writes a whole text.
///
/// - Returns: 0, or the error.
func writeAll(_ text: String, to descriptor: Int32) -> Int32 {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count >= 0 {
            bytes = bytes.dropFirst(count)
        } else if errno == EAGAIN {
            var target = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&target, 1, -1)
        } else if errno != EINTR {
            return errno
        }
    }
    return 0
}
