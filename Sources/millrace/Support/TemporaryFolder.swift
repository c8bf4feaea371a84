import Glibc

/// A folder of one's own that is gone afterwards.
enum TemporaryFolder {
    /// Removes the folder with its files when `body` ends, however it does.
    static func use<Result>(_ body: (_ path: String) throws -> Result) throws -> Result {
        var template = Array("\(Folder.temporary)/millrace-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure.run("\(Folder.temporary): no folder can be made in it: \(String(cString: strerror(errno)))")
        }
        let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        defer {
            for name in Folder.names(in: path) { unlink("\(path)/\(name)") }
            rmdir(path)
        }
        return try body(path)
    }
}
