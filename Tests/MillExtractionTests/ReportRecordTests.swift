import MillExtraction
import Testing

@Suite("Records of reports")
struct ReportRecordTests {
    @Test("a record begins without values")
    func empty() {
        let record = ReportRecord(file: "a.pdf", sha256: "00", status: .failed, reason: "no PDF")
        #expect(record.fields.isEmpty && record.figures.isEmpty && record.status == .failed)
    }
}
