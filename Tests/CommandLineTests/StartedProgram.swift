import Glibc

/// The built program while it runs, in a session of its own.
struct StartedProgram: ~Copyable {
    private let process: pid_t
    /// Whether its end was waited for.
    private var isOver = false

    /// - Parameter environment: besides that of the tests.
    init(_ arguments: [String], environment: [String] = []) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in 0...2 as ClosedRange<CInt> {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // POSIX_SPAWN_SETSID, which the module does not show.
        posix_spawnattr_setflags(&attributes, 0x80)
        var words: [UnsafeMutablePointer<CChar>?] = ([Program.path] + arguments).map { strdup($0) } + [nil]
        var surroundings: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) }
        var entry = environ
        while let variable = entry.pointee {
            surroundings.append(strdup(variable))
            entry += 1
        }
        surroundings.append(nil)
        defer { for word in words + surroundings { free(word) } }
        var process = pid_t()
        let code = posix_spawn(&process, Program.path, &actions, &attributes, &words, &surroundings)
        guard code == 0 else { throw Program.Failure(reason: String(cString: strerror(code))) }
        self.process = process
    }

    deinit {
        guard !isOver else { return }
        kill(-process, SIGKILL)
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    func signal(_ number: CInt) { kill(process, number) }

    /// Waits for its end.
    ///
    /// - Returns: the exit code, or minus the signal that ended it.
    mutating func wait() -> CInt {
        var status: CInt = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        isOver = true
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
    }

    /// Whether it ended by itself; it can still be waited for.
    var hasEnded: Bool {
        var information = siginfo_t()
        return waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT) == 0 && information.si_signo != 0
    }

    /// What it has started and is still there after its end. What the kernel is about to end gets a moment for it.
    func survivors() throws -> [String] {
        var start = timespec()
        clock_gettime(CLOCK_MONOTONIC, &start)
        while true {
            let found = try FolderNames.all(below: "/proc").filter { name in
                guard Int(name) != nil, let state = try? Self.text("/proc/\(name)/stat"), let end = state.lastIndex(of: ")")
                else { return false }
                // State, parent, group, session.
                let fields = state[state.index(after: end)...].split(separator: " ")
                return fields.count > 3 && fields[0] != "Z" && fields[3] == "\(process)"
            }
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            guard !found.isEmpty, now.tv_sec - start.tv_sec < 3 else {
                return found.map { (try? Self.text("/proc/\($0)/comm")) ?? $0 }
            }
            sched_yield()
        }
    }

    private static func text(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw Program.Failure(reason: path) }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        return String(decoding: buffer[..<fread(&buffer, 1, buffer.count, file)], as: UTF8.self)
    }
}

/// Waits for files to appear in a folder.
struct FolderEvents: ~Copyable {
    private let descriptor: CInt

    init(_ folder: String) throws {
        descriptor = inotify_init1(CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK))
        guard descriptor >= 0, inotify_add_watch(descriptor, folder, UInt32(IN_CREATE | IN_MOVED_TO)) >= 0 else {
            throw Program.Failure(reason: "cannot watch \(folder)")
        }
    }

    deinit { close(descriptor) }

    /// Returns when so many files were made or took their places, or when the program has ended; how many there were.
    func wait(for count: Int, of program: borrowing StartedProgram) -> Int {
        var seen = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while seen < count {
            var event = pollfd(fd: descriptor, events: CShort(POLLIN), revents: 0)
            if poll(&event, 1, 50) == 0, program.hasEnded { return seen }
            let size = read(descriptor, &buffer, buffer.count)
            var offset = 0
            while offset < size {
                // The length of the name follows after twelve bytes.
                let length = buffer[offset + 12..<offset + 16].reversed().reduce(0) { $0 << 8 | Int($1) }
                offset += 16 + length
                seen += 1
            }
        }
        return seen
    }
}
