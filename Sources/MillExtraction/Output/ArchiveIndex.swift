import Glibc
import MillCompute
import MillStore

/// What the results in an archive's folder were made of, and whether they are still as they were written.
public final class ArchiveIndex: Sendable {
    /// What a document's results were made of.
    public struct Origin: Sendable, Hashable {
        /// Tells the content of the file from another one under the same name.
        public let identity: String
        /// What the results depend on besides the file.
        public let pipeline: String

        public init(identity: String, pipeline: String) {
            self.identity = identity
            self.pipeline = pipeline
        }
    }

    /// The results of one document.
    public struct Entry: Sendable {
        public let file: String
        public let origin: Origin
        /// Of the file; empty where it was not read.
        public let sha256: String
        public let status: ReportRecord.Status?
        let name: String
        let parts: [ResultIndex.Part]

        init(_ entry: ResultIndex.Entry) {
            file = entry.file
            origin = Origin(identity: entry.identity, pipeline: entry.pipeline)
            sha256 = entry.sha256
            status = ReportRecord.Status(rawValue: entry.status)
            name = entry.name
            parts = entry.parts
        }

        /// Whether the document's content stands in the results.
        public var isRead: Bool { status == .success || status == .partial }
    }

    private let folder: ArchiveFolder
    private let index: ResultIndex

    init(writing folder: ArchiveFolder) throws(StoreError) {
        self.folder = folder
        index = try ResultIndex(writing: Self.path(folder))
    }

    /// Opens what a ``ReportArchive`` has noted, also while it is open.
    ///
    /// - Returns: nil where there is no archive.
    public init?(readingFolder path: String) throws(ArchiveError) {
        folder = ArchiveFolder(path: path)
        guard ArchiveFolder.exists(Self.path(folder)) else { return nil }
        do { index = try ResultIndex(reading: Self.path(folder)) } catch {
            throw .unreadable(path: Self.path(folder), reason: "\(error)")
        }
    }

    private static func path(_ folder: ArchiveFolder) -> String { "\(folder.path)/.archive.sqlite" }

    public func entry(of file: String) throws(ArchiveError) -> Entry? {
        do { return try index.entry(of: file).map(Entry.init) } catch { throw failure(error) }
    }

    /// The documents that had this content and whose results stand whole in the folder.
    public func readers(of sha256: String) throws(ArchiveError) -> [Entry] {
        do {
            return try index.entries(withContent: sha256).map(Entry.init).filter { $0.isRead && isIntact($0) }
        } catch { throw failure(error) }
    }

    /// Whether all files of a document's results are as they were written: by size and time, and by content where the time is
    /// another one.
    public func isIntact(_ entry: Entry) -> Bool {
        entry.parts.allSatisfy { part in
            let path = "\(folder.documents)/\(part.path)"
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) == part.byteCount else {
                return false
            }
            if Self.modified(status) == part.modified { return true }
            guard let bytes = try? ArchiveFolder.read(path) else { return false }
            return ContentHash(of: bytes).hex == part.sha256
        }
    }

    /// Notes the results of a document whose files have been written.
    ///
    /// - Parameter parts: the files' paths below `documents`, with what was written.
    func note(
        _ record: ReportRecord, name: String, origin: Origin, parts: [(path: String, bytes: [UInt8])]
    ) throws(ArchiveError) {
        let parts = parts.map { part in
            var status = stat()
            let isThere = stat("\(folder.documents)/\(part.path)", &status) == 0
            return ResultIndex.Part(
                path: part.path, byteCount: part.bytes.count, modified: isThere ? Self.modified(status) : 0,
                sha256: ContentHash(of: part.bytes).hex)
        }
        do {
            try index.note(
                ResultIndex.Entry(
                    file: record.file, name: name, identity: origin.identity, pipeline: origin.pipeline,
                    sha256: record.sha256, status: record.status.rawValue, parts: parts))
        } catch { throw failure(error) }
    }

    func forget(_ file: String) throws(ArchiveError) {
        do { try index.forget(file) } catch { throw failure(error) }
    }

    private func failure(_ error: StoreError) -> ArchiveError { ArchiveError(error, path: Self.path(folder)) }

    private static func modified(_ status: stat) -> Int {
        Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
    }
}
