import Glibc
import MillTestSupport

/// The built program, run to its end.
enum Program {
    static let root = "\(Oracles.committed)/../.."

    struct Failure: Error {
        let reason: String
    }

    /// Beside the test bundle, where the build puts both.
    static let path: String = {
        guard let executable = realpath("/proc/self/exe", nil) else { return "millrace" }
        defer { free(executable) }
        var folder = String(cString: executable).split(separator: "/").dropLast()
        while !folder.isEmpty {
            let candidate = "/" + folder.joined(separator: "/") + "/millrace"
            if access(candidate, X_OK) == 0 { return candidate }
            folder.removeLast()
        }
        return "\(root)/.build/release/millrace"
    }()

    static func run(_ arguments: String...) throws -> (code: Int32, output: String) { try run(arguments) }

    /// - Parameters:
    ///   - output: where standard output goes instead.
    ///   - input: what standard input is read from.
    /// - Returns: the exit code, and what came on standard output and standard error.
    static func run(_ arguments: [String], environment: String = "", output place: String? = nil, input: String = "/dev/null")
        throws -> (
            code: Int32, output: String
        )
    {
        let quoted = ([path] + arguments).map { "'\($0)'" }.joined(separator: " ")
        guard let stream = popen("\(environment) \(quoted) 2>&1 <'\(input)' \(place.map { ">'\($0)'" } ?? "")", "r") else {
            throw Failure(reason: "cannot start \(path)")
        }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = fread(&buffer, 1, buffer.count, stream)
            guard count > 0 else { break }
            output += buffer[..<count]
        }
        let status = pclose(stream)
        return ((status >> 8) & 0xFF, String(decoding: output, as: UTF8.self))
    }

    /// Holds the folders of this process's tests, and goes when it ends.
    private static let parent: String? = {
        let path = newFolder(in: "/tmp", "millrace-tests")
        atexit { if let parent = Program.parent { _ = Glibc.system("rm -rf '\(parent)'") } }
        return path
    }()

    private static func newFolder(in parent: String, _ name: String) -> String? {
        var template = Array("\(parent)/\(name)-XXXXXX".utf8CString)
        return mkdtemp(&template).map { String(cString: $0) }
    }

    /// A new empty folder.
    static func folder() throws -> String {
        guard let folder = parent.flatMap({ newFolder(in: $0, "test") }) else {
            throw Failure(reason: String(cString: strerror(errno)))
        }
        return folder
    }

    /// A new file with this text.
    static func file(_ text: String) throws -> String {
        let path = "\(try folder())/pipeline.yaml"
        try write(text, to: path)
        return path
    }

    static func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

    static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = fopen(path, "w") else { throw Failure(reason: path) }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Failure(reason: path) }
    }
}
