import Glibc
import MillValue
import MillWeights

/// Reference data with the results that a correct engine must give.
///
/// A small set is committed under `Tests/Oracles`; the environment variable `MILLRACE_ORACLES` names the folder of the
/// full set. Both have the same layout. Tests over the full set carry `.enabled(if: Oracles.isFullSetExpected)`: without
/// the variable they are skipped, and with it (or under `CI`) an absent folder fails them.
public enum Oracles {
    /// An oracle that should be there and is not.
    public struct Missing: Error, CustomStringConvertible {
        public let description: String
    }

    /// The committed set.
    public static let committed: String = {
        // This file lies in Sources/MillTestSupport.
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return parts.joined(separator: "/") + "/Tests/Oracles"
    }()

    /// Whether tests over the full set must run.
    public static var isFullSetExpected: Bool { environment("MILLRACE_ORACLES") != nil || environment("CI") != nil }

    /// The folder of the full set.
    public static func full() throws(Missing) -> String {
        guard let folder = environment("MILLRACE_ORACLES") else {
            throw Missing(description: "MILLRACE_ORACLES is not set; it names the folder of the full oracle set")
        }
        guard access("\(folder)/models", R_OK) == 0 else {
            throw Missing(description: "MILLRACE_ORACLES is \(folder), which holds no oracle set")
        }
        return folder
    }

    /// A file or folder of the committed set.
    public static func committed(_ relativePath: String) throws(Missing) -> String {
        try existing("\(committed)/\(relativePath)")
    }

    /// A file or folder of the full set.
    public static func full(_ relativePath: String) throws(Missing) -> String {
        try existing("\(try full())/\(relativePath)")
    }

    /// A file or folder of the full set where that is expected, else of the committed one.
    public static func path(_ relativePath: String) throws(Missing) -> String {
        isFullSetExpected ? try full(relativePath) : try committed(relativePath)
    }

    /// The names in a folder, sorted.
    public static func list(_ folder: String) throws(Missing) -> [String] {
        guard let directory = opendir(folder) else { throw Missing(description: "\(folder) cannot be listed") }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            // In its place: the entry may be shorter than the type says, and a copy would read past its end.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// The bytes of a file.
    public static func bytes(_ path: String) throws(Missing) -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw Missing(description: "\(path) cannot be read") }
        defer { fclose(file) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { content += chunk[..<count] }
        return content
    }

    /// A JSON file.
    public static func json(_ path: String) throws -> Value { try JSON.parse(bytes: try bytes(path)) }

    /// The metadata of a GGUF file whose keys start with `prefix`.
    public static func ggufMetadata(_ path: String, prefix: String = "") throws -> ValueMap {
        try GGUFFile(path: path).metadata.valueMap(prefix: prefix)
    }

    private static func existing(_ path: String) throws(Missing) -> String {
        guard access(path, R_OK) == 0 else { throw Missing(description: "the oracle \(path) is absent") }
        return path
    }

    private static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}
