import Glibc
import MillStore
import MillValue
import Synchronization

/// The folder where a run keeps its results: a record for each document, and what ``assemble(page:title:progress:)`` makes of
/// all of them.
///
/// ```
/// documents/a.pdf.json          the record
/// documents/a.pdf.md            the text as Markdown, if wanted
/// documents/a.pdf.docling.json  the same as a DoclingDocument, if wanted
/// documents/a.pdf.pages/1.jpg   the pages' pictures, if wanted
/// .archive.sqlite               what they were made of, for the next run
/// records.jsonl, figures.csv, fields.csv, tables.csv, reports.sqlite, report.html
/// ```
///
/// Every file appears whole, whenever the process is killed. One archive may be open for a folder at a time; it may be used
/// from several threads.
public final class ReportArchive: Sendable {
    let folder: ArchiveFolder
    private let lock: FileLock
    private let index: ArchiveIndex
    /// Held while something is written; what was found by the last ``assemble(page:title:progress:)``, if nothing changed since.
    private let state = Mutex<ArchiveSummary?>(nil)

    /// Opens the archive, makes its folder, and removes what a killed run has left unfinished.
    ///
    /// - Throws: ``ArchiveError/inUse(folder:)``, ``ArchiveError/unwritable(path:reason:)``.
    public init(folder path: String) throws(ArchiveError) {
        let folder = ArchiveFolder(path: path.isEmpty ? "." : path)
        do throws(StoreError) {
            try WholeFile.makeFolders(of: folder.documents + "/-")
            lock = try FileLock(path: "\(folder.path)/.archive")
            index = try ArchiveIndex(writing: folder)
        } catch .inUse {
            throw .inUse(folder: path)
        } catch { throw ArchiveError(error, path: path) }
        self.folder = folder
        try folder.removeUnfinished()
    }

    /// Keeps the results of a document in place of earlier ones of the same file. They are on the disk when this returns.
    /// Characters U+0000 become �, since not all formats can hold them.
    ///
    /// - Parameters:
    ///   - origin: what they were made of, for ``keeps(file:of:)``.
    ///   - pictures: of pages, by their numbers from 1: JPEG files that show the pages as displayed.
    ///   - markdown: the document's text.
    ///   - docling: the document as DoclingDocument.
    public func store(
        _ record: ReportRecord, of origin: ArchiveIndex.Origin? = nil, pictures: [Int: [UInt8]] = [:],
        markdown: String? = nil, docling: Value? = nil
    ) throws(ArchiveError) {
        let text = Array(record.value.withoutNUL.readableJSON().utf8)
        let markdown = markdown.map { Array($0.withoutNUL.utf8) }
        let docling = docling.map { Array($0.withoutNUL.json().utf8) }
        try state.withLock { state throws(ArchiveError) in
            state = nil
            let name = try name(of: record.file)
            // First: nobody takes for whole what is being written.
            try index.forget(record.file)
            var parts: [(path: String, bytes: [UInt8])] = []
            func write(_ bytes: [UInt8]?, to path: String) throws(ArchiveError) {
                guard let bytes else { return try ArchiveFolder.remove(path) }
                do throws(StoreError) { try WholeFile.replace(path, with: bytes.span.bytes) } catch {
                    throw ArchiveError(error, path: path)
                }
                parts.append((String(path.dropFirst(folder.documents.count + 1)), bytes))
            }
            if !pictures.isEmpty { try folder.makePictures(name) }
            for (page, picture) in pictures.sorted(by: { $0.key < $1.key }) {
                try write(picture, to: folder.picture(name, page: page))
            }
            try folder.removePictures(name, but: pictures.keys)
            try write(markdown, to: folder.markdown(name))
            try write(docling, to: folder.docling(name))
            // Last: whoever finds the record finds all that belongs to it.
            try write(text, to: folder.record(name))
            do throws(StoreError) { try WholeFile.synchronize(folder: folder.documents) } catch {
                throw ArchiveError(error, path: folder.documents)
            }
            if let origin { try index.note(record, name: name, origin: origin, parts: parts) }
        }
    }

    /// Forgets a document; no error if there is none.
    public func remove(file: String) throws(ArchiveError) {
        try state.withLock { state throws(ArchiveError) in
            state = nil
            let name = try name(of: file)
            try index.forget(file)
            // First: what is left without it belongs to no document.
            try ArchiveFolder.remove(folder.record(name))
            try ArchiveFolder.remove(folder.markdown(name))
            try ArchiveFolder.remove(folder.docling(name))
            try folder.removePictures(name, but: [])
        }
    }

    /// The files of all documents, in natural order.
    public func files() throws(ArchiveError) -> [String] { try entries().map(\.file) }

    /// Whether the results of a file were made of this, and are all there as they were written.
    public func keeps(file: String, of origin: ArchiveIndex.Origin) -> Bool {
        guard let entry = try? index.entry(of: file) else { return false }
        return entry.origin == origin && index.isIntact(entry)
    }

    /// The SHA-256 of a file as it was when results of this were made of it; nil if there are none.
    public func sha256(of file: String, identity: String) throws(ArchiveError) -> String? {
        guard let entry = try index.entry(of: file), entry.origin.identity.utf8.elementsEqual(identity.utf8) else { return nil }
        return entry.sha256
    }

    /// The record of a file; nil if there is none.
    public func record(of file: String) throws(ArchiveError) -> ReportRecord? {
        let name = try name(of: file)
        return ArchiveFolder.exists(folder.record(name)) ? try load(name).record : nil
    }

    /// What became of the documents. After ``assemble(page:title:progress:)`` it is known, otherwise all records are read.
    public func summary() throws(ArchiveError) -> ArchiveSummary {
        try state.withLock { state throws(ArchiveError) in
            if let state { return state }
            var summary = ArchiveSummary()
            for entry in try entries() { summary.add(loadOrExplain(entry).record) }
            state = summary
            return summary
        }
    }

    /// Makes the files of all documents anew, in natural order of the documents' files: the same records give the same bytes,
    /// whatever happened on the way to them. One document after another is in memory.
    ///
    /// A record that cannot be read, because something else has written it, is listed as failed.
    ///
    /// - Parameters:
    ///   - page: whether `report.html` is wanted; an earlier one stays otherwise.
    ///   - title: of the page.
    ///   - progress: is told how many documents of how many are done.
    /// - Throws: ``ArchiveError/cancelled`` when the calling task is; earlier files stay then, as after every error.
    @discardableResult
    public func assemble(
        page: Bool = true, title: String = "Reports", progress: (Int, Int) -> Void = { _, _ in }
    ) throws(ArchiveError) -> ArchiveSummary {
        try state.withLock { state throws(ArchiveError) in
            let entries = try entries()
            let assembly = try ArchiveAssembly(folder: folder, page: page ? title : nil)
            for (index, entry) in entries.enumerated() {
                guard !Task.isCancelled else { throw .cancelled }
                let (record, value) = loadOrExplain(entry)
                try assembly.add(record, value, name: entry.name)
                progress(index + 1, entries.count)
            }
            let summary = assembly.summary
            try assembly.finish()
            state = summary
            return summary
        }
    }
}

extension ReportArchive {
    private func entries() throws(ArchiveError) -> [(file: String, name: String)] {
        try folder.names().map { name throws(ArchiveError) in
            if let file = ArchiveName.file(of: name) { return (file, name) }
            // A short name, or a record that the user has put here.
            return ((try? load(name))?.record.file ?? name, name)
        }.sorted { $0.file.utf8.elementsEqual($1.file.utf8) ? $0.name < $1.name : $0.file.precedesNaturally($1.file) }
    }

    /// The name of a file's results; of a long one the first that is free or its own.
    private func name(of file: String) throws(ArchiveError) -> String {
        if let name = ArchiveName.name(of: file) { return name }
        if let known = try index.entry(of: file) { return known.name }
        var attempt = 0
        while true {
            let name = ArchiveName.shortName(of: file, attempt: attempt)
            guard ArchiveFolder.exists(folder.record(name)) else { return name }
            // A record that cannot be read may be another file's.
            if let owner = try? load(name).record.file, owner.utf8.elementsEqual(file.utf8) { return name }
            attempt += 1
        }
    }

    private func load(_ name: String) throws(ArchiveError) -> (record: ReportRecord, value: Value) {
        let bytes = try ArchiveFolder.read(folder.record(name))
        let value: Value
        do { value = try JSON.parse(bytes: bytes).withoutNUL } catch { throw .malformed(place: "", reason: "is \(error)") }
        return (try ReportRecord(value), value)
    }

    private func loadOrExplain(_ entry: (file: String, name: String)) -> (record: ReportRecord, value: Value) {
        do {
            return try load(entry.name)
        } catch {
            let reason = "documents/\(entry.name).json cannot be read (\(error)); remove it, or run again over its document"
            let record = ReportRecord(file: entry.file, sha256: "", status: .failed, reason: reason)
            return (record, record.value)
        }
    }
}
