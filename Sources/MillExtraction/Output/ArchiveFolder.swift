import Glibc
import MillStore
import MillTensor

/// The folder of an archive: reads, writes and lists what lies in it.
struct ArchiveFolder: Sendable {
    let path: String
    var documents: String { "\(path)/documents" }

    func record(_ name: String) -> String { "\(documents)/\(name).json" }
    func docling(_ name: String) -> String { "\(documents)/\(name).docling.json" }
    func markdown(_ name: String) -> String { "\(documents)/\(name).md" }
    func pictures(_ name: String) -> String { "\(documents)/\(name).pages" }
    func picture(_ name: String, page: Int) -> String { "\(pictures(name))/\(page).jpg" }

    /// The names of all documents, in no order.
    func names() throws(ArchiveError) -> [String] {
        try Self.entries(documents).compactMap { entry in
            !entry.hasPrefix(".") && entry.hasSuffix(".json") && !entry.hasSuffix(".docling.json")
                ? String(entry.dropLast(5)) : nil
        }
    }

    /// The pages of a document that have a picture, in order.
    func pages(_ name: String) throws(ArchiveError) -> [Int] {
        guard Self.isFolder(pictures(name)) else { return [] }
        return try Self.entries(pictures(name)).compactMap { entry in
            entry.hasSuffix(".jpg") ? Int(entry.dropLast(4)) : nil
        }.sorted()
    }

    /// Makes the folder of a document's pictures; something else of its name goes.
    func makePictures(_ name: String) throws(ArchiveError) {
        let path = pictures(name)
        if !Self.isFolder(path) { try Self.remove(path) }
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw .unwritable(path: path, reason: Self.reason) }
    }

    /// Removes the pictures of all pages but some; the folder, too, if none is left.
    func removePictures(_ name: String, but kept: some Collection<Int>) throws(ArchiveError) {
        for page in try pages(name) where !kept.contains(page) { try Self.remove(picture(name, page: page)) }
        if kept.isEmpty { rmdir(pictures(name)) }
    }

    /// Removes what a run that was killed has begun. Files of other names stay.
    func removeUnfinished() throws(ArchiveError) {
        for entry in try Self.entries(path) where WholeFile.isUnfinished(entry) {
            if ArchiveOutput.allCases.contains(where: { entry.hasPrefix($0.rawValue + ".") }) {
                try Self.remove("\(path)/\(entry)")
            }
        }
        for entry in try Self.entries(documents) {
            if WholeFile.isUnfinished(entry) { try Self.remove("\(documents)/\(entry)") }
            guard entry.hasSuffix(".pages"), Self.isFolder("\(documents)/\(entry)") else { continue }
            for picture in try Self.entries("\(documents)/\(entry)") where WholeFile.isUnfinished(picture) {
                try Self.remove("\(documents)/\(entry)/\(picture)")
            }
        }
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Removes a file, if it is there.
    static func remove(_ path: String) throws(ArchiveError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .unwritable(path: path, reason: reason) }
    }

    static func read(_ path: String) throws(ArchiveError) -> [UInt8] {
        do {
            return try StoragePool.default.read(path: path).withBytes { bytes in bytes.withUnsafeBytes(Array.init) }
        } catch { throw .unreadable(path: path, reason: error.reason) }
    }

    static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    private static func entries(_ folder: String) throws(ArchiveError) -> [String] {
        do { return try FolderEntries.names(in: folder) } catch { throw .unreadable(path: folder, reason: error.reason) }
    }

    private static var reason: String { String(cString: strerror(errno)) }
}

/// The files that are made of all documents.
enum ArchiveOutput: String, CaseIterable {
    case records = "records.jsonl"
    case figures = "figures.csv"
    case fields = "fields.csv"
    case tables = "tables.csv"
    case database = "reports.sqlite"
    case page = "report.html"
}
