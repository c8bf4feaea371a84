import Glibc
import MillTestSupport
import Testing

/// Files in a new folder, which is removed after use.
enum TestFiles {
    static func use<Result>(_ files: [String: String], _ body: (_ folder: String) throws -> Result) throws -> Result {
        try use(bytes: files.mapValues { Array($0.utf8) }, body)
    }

    static func use<Result>(bytes files: [String: [UInt8]], _ body: (_ folder: String) throws -> Result) throws -> Result {
        var template = Array("/tmp/millrace-evaluation-XXXXXX".utf8CString)
        let isMade = mkdtemp(&template) != nil
        try #require(isMade)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            for name in (try? Oracles.list(folder)) ?? [] { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
        for (name, bytes) in files {
            let file = try #require(fopen("\(folder)/\(name)", "w"))
            let count = fwrite(bytes, 1, bytes.count, file)
            fclose(file)
            #expect(count == bytes.count)
        }
        return try body(folder)
    }
}
