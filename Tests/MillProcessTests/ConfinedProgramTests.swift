import CMillSystem
import Glibc
import MillProcess
import Testing

@Suite("Confined programs")
struct ConfinedProgramTests {
    private func limits(seconds: Double = 20, output: Int = 1 << 20) -> ConfinedProgram.Limits {
        var limits = ConfinedProgram.Limits()
        limits.seconds = seconds
        limits.outputByteCount = output
        return limits
    }

    /// Runs a script of bash, which has sockets, files and children at hand.
    private func bash(_ script: String, _ limits: ConfinedProgram.Limits? = nil, input: [UInt8] = []) async throws
        -> ConfinedProgram.Answer
    {
        let program = try ConfinedProgram("bash", package: "bash")
        return try await program.run(
            ["-c", script], standardInput: try secretFile(input), input3: try secretFile(input), limits: limits ?? self.limits(),
            accepting: Set(0...255))
    }

    @Test("input comes as standard input and as a file, output goes back")
    func inputAndOutput() async throws {
        let answer = try await bash(
            "read a; read b < /proc/self/fd/3; echo $a-$b; echo oops >&2; exit 3", input: Array("word\n".utf8))
        #expect(answer.text == "word-word\n" && answer.lastLine == "oops" && answer.status == 3)
    }

    @Test("the environment holds nothing of ours, and descriptors neither")
    func surroundings() async throws {
        setenv("MILL_SECRET", "1", 1)
        defer { unsetenv("MILL_SECRET") }
        let answer = try await bash("echo ${MILL_SECRET:-none} ${HOME:-none} $LC_ALL; cd /proc/self/fd; echo *")
        let lines = answer.text.split(separator: "\n")
        #expect(lines.first == "none none C.UTF-8")
        // bash opens 255 for itself and one for the folder.
        #expect(Set(lines[1].split(separator: " ").compactMap { Int($0) }).subtracting([0, 1, 2, 3, 4, 5, 255]).isEmpty)
    }

    @Test("a confined program cannot connect")
    func noNetwork() async throws {
        let answer = try await bash("exec 9<>/dev/tcp/127.0.0.1/9")
        #expect(answer.status != 0 && answer.message.contains("ermission denied"))
    }

    @Test("a confined program cannot write, make or remove files")
    func noFiles() async throws {
        let path = "/tmp/mill-confined-\(getpid())"
        let file = Glibc.open(path, O_CREAT | O_WRONLY, 0o600)
        close(file)
        defer { unlink(path) }
        let answer = try await bash("echo x > \(path)-new; echo x >> \(path); echo $?")
        #expect(answer.text == "1\n" && access("\(path)-new", F_OK) != 0)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_size == 0)
    }

    @Test("a confined program cannot start others")
    func noChildren() async throws {
        let answer = try await bash("ls / && echo started")
        #expect(!answer.text.contains("started"))
    }

    @Test("a program that hangs is killed at its deadline")
    func deadline() async throws {
        await #expect(throws: ProgramError.programTimedOut(program: "bash", seconds: 0.2)) {
            _ = try await bash("while :; do :; done", limits(seconds: 0.2))
        }
    }

    @Test("a program that burns its time of the processor is stopped, and the error says by which limit")
    func processorTime() async throws {
        var limits = limits()
        limits.cpuSeconds = 1
        await #expect(throws: ProgramError.programOverLimit(program: "bash", limit: "1 s of the processor")) {
            _ = try await bash("while :; do :; done", limits)
        }
    }

    @Test("a program that writes without end is stopped")
    func outputLimit() async throws {
        await #expect(throws: ProgramError.programOverLimit(program: "bash", limit: "100000 bytes of output")) {
            _ = try await bash("while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done", limits(output: 100_000))
        }
    }

    @Test("of what it says on standard error the end is kept")
    func messages() async throws {
        let answer = try await bash("for ((i = 0; i < 3000; i++)); do echo line $i >&2; done")
        #expect(answer.lastLine == "line 2999" && answer.message.utf8.count <= 4096 && answer.message.utf8.count > 3000)
    }

    @Test("a cancelled task kills its program")
    func cancellation() async throws {
        let task = Task { try await bash("while :; do :; done") }
        task.cancel()
        let result = await task.result
        #expect(throws: ProgramError.cancelled) { try result.get() }
    }

    @Test("a confined program dies with a parent that is killed")
    func diesWithParent() {
        #expect(mill_check_confined_death() == 0)
    }

    @Test("a missing program is named with its package")
    func missing() {
        #expect(throws: ProgramError.programMissing(program: "no-such-tool", package: "tools")) {
            _ = try ConfinedProgram("no-such-tool", package: "tools")
        }
    }

    @Test("files in memory cannot be changed by who reads them")
    func sealed() throws {
        let file = try secretFile([1, 2, 3])
        let descriptor = try #require(file.descriptor)
        var byte: UInt8 = 9
        #expect(pwrite(descriptor, &byte, 1, 0) < 0 && errno == EPERM)
        #expect(ftruncate(descriptor, 0) < 0 && Array(file.bytes) == [1, 2, 3])
    }
}

/// Bytes that confined programs can read.
private func secretFile(_ bytes: [UInt8]) throws -> SecretBytes {
    let file = try SecretBytes(fileOf: bytes.count)
    bytes.withUnsafeBytes { file.fill($0) }
    return file
}
