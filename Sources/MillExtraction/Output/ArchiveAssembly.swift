import MillStore
import MillValue

/// Writes the files of all documents, one document after another; they take their places together at the end.
final class ArchiveAssembly {
    private(set) var summary = ArchiveSummary()
    private let folder: ArchiveFolder
    private let records: WholeFile
    private let figures: WholeFile
    private let fields: WholeFile
    private let database: ReportDatabase
    private let page: ReportPage?

    /// - Parameter title: of the page; nil where none is wanted.
    init(folder: ArchiveFolder, page title: String?) throws(ArchiveError) {
        self.folder = folder
        do throws(StoreError) {
            records = try WholeFile(replacing: folder.path(of: .records))
            figures = try WholeFile(replacing: folder.path(of: .figures))
            fields = try WholeFile(replacing: folder.path(of: .fields))
            database = try ReportDatabase(replacing: folder.path(of: .database))
            page = try title.map { title throws(StoreError) in
                try ReportPage(replacing: folder.path(of: .page), title: title)
            }
            try figures.write(CSV.row(ReportFigure.columns))
            try fields.write(CSV.row(ReportField.columns))
        } catch { throw ArchiveError(error, path: folder.path) }
    }

    /// - Parameter value: the record as JSON.
    func add(_ record: ReportRecord, _ value: Value, name: String) throws(ArchiveError) {
        summary.add(record)
        let pages = page == nil ? [] : try folder.pages(name)
        do throws(StoreError) {
            try records.write(value.json() + "\n")
            for figure in record.figures { try figures.write(CSV.row(figure.row(file: record.file))) }
            for field in record.fields { try fields.write(CSV.row(field.row(file: record.file))) }
            try database.add(record)
            try page?.begin(record, value)
        } catch { throw ArchiveError(error, path: folder.path) }
        for number in pages {
            let picture = try ArchiveFolder.read(folder.picture(name, page: number))
            do throws(StoreError) { try page?.add(picture, page: number) } catch {
                throw ArchiveError(error, path: folder.path(of: .page))
            }
        }
    }

    func finish() throws(ArchiveError) {
        let path = folder.path
        do throws(StoreError) {
            let tables = try WholeFile(replacing: folder.path(of: .tables))
            try database.writeTables(to: tables)
            try page?.end(summary)
            // From here on nothing is written any more that could fail for want of space.
            try database.commit()
            try records.commit()
            try figures.commit()
            try fields.commit()
            try tables.commit()
            try page?.commit()
            try WholeFile.synchronize(folder: path)
        } catch { throw ArchiveError(error, path: path) }
    }
}

extension ArchiveFolder {
    func path(of output: ArchiveOutput) -> String { "\(path)/\(output.rawValue)" }
}
