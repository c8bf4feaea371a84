import Foundation
import MillExtraction
import MillValue
import Testing

@Suite("The archive of results")
struct ReportArchiveTests {
    private static let outputs = ["fields.csv", "figures.csv", "records.jsonl", "report.html", "reports.sqlite", "tables.csv"]

    private static let records: [ReportRecord] = (0..<12).map { number in
        let file = number % 4 == 0 ? "2025/研报 \(number).pdf" : "report-\(number).pdf"
        var record = SampleRecords.report(file, number: number, language: number % 2 == 0 ? "zh" : "en")
        if number == 3 { record = SampleRecords.failed(file) }
        if number == 5 { (record.status, record.reason) = (.partial, "page 2 could not be read") }
        return record
    }

    private func archive(_ folder: TemporaryFolder, _ records: [ReportRecord] = records) throws -> ReportArchive {
        let archive = try ReportArchive(folder: folder.path)
        for record in records { try archive.store(record, pictures: [1: [0xFF, 0xD8, 1], 3: [0xFF, 0xD8, 3]]) }
        return archive
    }

    @Test("the same records give the same bytes, in whatever order and however often they came")
    func deterministic() async throws {
        let (first, second) = (try TemporaryFolder(), try TemporaryFolder())
        let summary = try archive(first).assemble()
        let other = try archive(second, Self.records.reversed().prefix(7) + [])
        try other.assemble()
        await withTaskGroup(of: Void.self) { group in
            for record in Self.records {
                group.addTask { try? other.store(record, pictures: [1: [0xFF, 0xD8, 1], 3: [0xFF, 0xD8, 3]]) }
            }
        }
        #expect(try other.assemble() == summary)
        try other.assemble()
        #expect(first.files == second.files)
        for name in first.files { #expect(try first.bytes(name) == second.bytes(name), "\(name)") }
        #expect(Self.outputs.allSatisfy(first.files.contains))
    }

    @Test("records.jsonl has every document in natural order of the files, one per line")
    func lines() throws {
        let folder = try TemporaryFolder()
        try archive(folder).assemble()
        let records = try folder.text("records.jsonl").split(separator: "\n").map { try ReportRecord(JSON.parse(String($0))) }
        let expected = Self.records.sorted { $0.file.precedesNaturally($1.file) }
        #expect(records.map(\.file) == expected.map(\.file))
        #expect(records.map(\.file).prefix(4) == ["2025/研报 0.pdf", "2025/研报 4.pdf", "2025/研报 8.pdf", "report-1.pdf"])
        #expect(zip(records, expected).allSatisfy { $0.value == $1.value })
    }

    @Test("what is stored takes the place of all that was stored before")
    func replaced() throws {
        let folder = try TemporaryFolder()
        let archive = try ReportArchive(folder: folder.path)
        let record = SampleRecords.report("a.pdf")
        try archive.store(record, pictures: [1: [1], 2: [2]], markdown: "# A", docling: [:])
        #expect(
            folder.files == [
                "documents/a.pdf.docling.json", "documents/a.pdf.json", "documents/a.pdf.md", "documents/a.pdf.pages/1.jpg",
                "documents/a.pdf.pages/2.jpg",
            ])
        #expect(try folder.text("documents/a.pdf.md") == "# A")
        try archive.store(record, pictures: [2: [3]])
        #expect(folder.files == ["documents/a.pdf.json", "documents/a.pdf.pages/2.jpg"])
        #expect(try folder.bytes("documents/a.pdf.pages/2.jpg") == [3])
        try archive.store(SampleRecords.failed("a.pdf"))
        #expect(folder.files == ["documents/a.pdf.json"])
        #expect(try archive.record(of: "a.pdf")?.status == .failed)
        try archive.remove(file: "a.pdf")
        try archive.remove(file: "a.pdf")
        #expect(folder.files.isEmpty)
        #expect(try archive.record(of: "a.pdf") == nil)
    }

    @Test("what a killed run has left half written is removed by the next; files of others stay")
    func unfinished() throws {
        let folder = try TemporaryFolder()
        do { try archive(folder, [Self.records[1]]).assemble() }
        let before = folder.files
        let half = [
            "records.jsonl.4242.0.part", "reports.sqlite.4242.1.part", "documents/report-1.pdf.json.4242.0.part",
            "documents/report-1.pdf.pages/1.jpg.77.3.part",
        ]
        let others = ["notes.part", "film.1.2.part", "documents/x.part"]
        for name in half + others { try folder.write("{\"half", to: name) }
        let archive = try ReportArchive(folder: folder.path)
        #expect(folder.files == (before + others).sorted())
        #expect(try archive.files() == ["report-1.pdf"])
    }

    @Test("one archive is open for a folder at a time")
    func exclusive() throws {
        let folder = try TemporaryFolder()
        do {
            let archive = try archive(folder, [])
            #expect(throws: ArchiveError.inUse(folder: folder.path)) { try ReportArchive(folder: folder.path) }
            #expect(try archive.files() == [])
        }
        _ = try ReportArchive(folder: folder.path)
    }

    @Test("a record that somebody has spoiled is listed as failed, with what to do")
    func spoiled() throws {
        let folder = try TemporaryFolder()
        let archive = try archive(folder, Array(Self.records.prefix(3)))
        try folder.write("{\"format\": \"millrace.report/1\", \"file\":", to: "documents/report-1.pdf.json")
        try folder.write("{}", to: "documents/mine%.json")
        let summary = try archive.assemble()
        #expect(summary.counts == [.success: 2, .failed: 2])
        #expect(summary.reasons.map(\.file).sorted() == ["mine%", "report-1.pdf"])
        let reason = try #require(summary.reasons.first { $0.file == "report-1.pdf" }?.reason)
        #expect(
            reason.hasPrefix("documents/report-1.pdf.json cannot be read")
                && reason.hasSuffix("remove it, or run again over its document"))
    }

    @Test("whatever numbers stand in a record, it is read or listed as failed")
    func mutated() throws {
        let folder = try TemporaryFolder()
        let archive = try ReportArchive(folder: folder.path)
        let text = SampleRecords.report("a.pdf").value.json()
        let numbers = text.matches(of: /-?[0-9]+(\.[0-9]+)?/).map(\.range)
        let odd = ["-1", "0", "0.5", "9223372036854775807", "-9223372036854775808", "1e308", "null", "\"1\"", "[]"]
        var generator = SeededGenerator(seed: 7)
        for number in 0..<80 {
            var mutated = text
            for _ in 0..<Int.random(in: 1...2, using: &generator) {
                guard let range = numbers.randomElement(using: &generator), let value = odd.randomElement(using: &generator),
                    mutated == text
                else { continue }
                mutated.replaceSubrange(range, with: value)
            }
            try folder.write(mutated, to: "documents/\(number).json")
        }
        #expect(try archive.assemble().documents == 80)
        #expect(ReportTablesTests.parse(try folder.text("tables.csv")).count > 80)
    }

    @Test("the summary counts statuses and reasons, before and after the files are made")
    func summary() throws {
        let folder = try TemporaryFolder()
        let archive = try archive(folder, Self.records + [SampleRecords.failed("z.pdf")])
        let summary = try archive.summary()
        #expect(summary.text == "13 documents: 10 success, 1 partial, 2 failed; 66 figures, 44 fields, 11 tables, 11 findings")
        #expect(summary.reasons.map(\.count) == [2, 1])
        #expect(summary.reasons[0].reason == "the file is encrypted; give its password")
        #expect(summary.reasons[0].file == "report-3.pdf" && summary.reasons[1].status == .partial)
        var steps: [Int] = []
        #expect(try archive.assemble(page: false, progress: { done, total in steps.append(done * 100 + total) }) == summary)
        #expect(steps == (1...13).map { $0 * 100 + 13 })
        #expect(!folder.files.contains("report.html"))
        try archive.remove(file: "z.pdf")
        #expect(try archive.summary().documents == 12)
    }

    @Test("breaking off between documents leaves the earlier files as they were")
    func cancelled() async throws {
        let folder = try TemporaryFolder()
        let archive = try archive(folder)
        try archive.assemble()
        let before = try folder.text("records.jsonl")
        try archive.store(SampleRecords.report("new.pdf"))
        let task = Task {
            try archive.assemble(progress: { done, _ in
                if done == 4 { withUnsafeCurrentTask { $0?.cancel() } }
            })
        }
        await #expect(throws: ArchiveError.cancelled) { try await task.value }
        #expect(try folder.text("records.jsonl") == before)
        #expect(!folder.files.contains { $0.hasSuffix(".part") })
        #expect(try archive.assemble().documents == 13)
    }

    @Test("a folder that cannot be written is named")
    func unwritable() {
        let error = #expect(throws: ArchiveError.self) { try ReportArchive(folder: "/proc/self/reports") }
        #expect("\(error as Any)".contains("/proc/self/reports"))
    }
}
