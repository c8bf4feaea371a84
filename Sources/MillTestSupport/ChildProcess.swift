import Glibc

/// A program that runs beside a test. It ends when ``end()`` is called or when the test program ends in whatever way.
public final class ChildProcess: @unchecked Sendable {
    /// The program cannot be started.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private let pid: pid_t
    private let isGuarded: Bool
    /// Closing it tells the child's guard to end the child.
    private let lifeline: Int32
    private let output: Int32
    private var hasEnded = false

    /// Starts `arguments[0]`, a full path, with the rest as its arguments.
    ///
    /// - Parameter isGuarded: whether a shell beside it ends it with us; not needed for tools that end by themselves.
    public init(_ arguments: [String], isGuarded: Bool = true) throws {
        var lifelineEnds: [Int32] = [0, 0]
        var outputEnds: [Int32] = [0, 0]
        guard pipe(&lifelineEnds) == 0, pipe(&outputEnds) == 0 else {
            throw Failure(description: "no pipes: \(String(cString: strerror(errno)))")
        }
        for end in lifelineEnds + outputEnds { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, lifelineEnds[0], 0)
        posix_spawn_file_actions_adddup2(&actions, outputEnds[1], 2)
        // Threads of a test program may have signals blocked; a child would inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let shell = ["/bin/sh", "-c", "\"$@\" </dev/null & child=$!; read line; kill -9 $child; wait $child", "sh"]
        let command = isGuarded ? shell + arguments : arguments
        self.isGuarded = isGuarded
        var strings = command.map { strdup($0) } + [nil]
        defer { for string in strings { free(string) } }
        var pid = pid_t()
        let code = posix_spawn(&pid, command[0], &actions, &attributes, &strings, environ)
        close(lifelineEnds[0])
        close(outputEnds[1])
        lifeline = lifelineEnds[1]
        output = outputEnds[0]
        self.pid = pid
        guard code == 0 else {
            hasEnded = true
            throw Failure(description: "\(arguments[0]): \(String(cString: strerror(code)))")
        }
    }

    deinit { end() }

    /// The next line of its standard error; nil after the last.
    public func outputLine() -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// Sends it a signal; to its shell, if it is guarded.
    public func signal(_ number: Int32) {
        if !hasEnded { kill(pid, number) }
    }

    /// Kills it, if it is guarded, and waits until it is gone.
    /// - Returns: its exit status; of a guarded one, the shell's.
    @discardableResult
    public func end() -> Int32 {
        guard !hasEnded else { return 0 }
        hasEnded = true
        // A line, since a child that was started at the same moment may hold the pipe open.
        if isGuarded { _ = write(lifeline, "\n", 1) }
        close(lifeline)
        close(output)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// Runs a tool to its end.
    public static func run(_ arguments: [String]) throws {
        let child = try ChildProcess(arguments, isGuarded: false)
        var lines: [String] = []
        while let line = child.outputLine() { lines = lines.suffix(20) + [line] }
        let status = child.end()
        guard status == 0 else {
            throw Failure(description: "\(arguments[0]) ended with \(status): \(lines.joined(separator: "\n"))")
        }
    }
}
