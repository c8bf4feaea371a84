import Foundation
import MillDocument
import MillExtraction
import MillSchema
import MillValue
import Testing

@Suite("Records as JSON")
struct RecordValueTests {
    private static let records = [
        SampleRecords.report("a.pdf"), SampleRecords.report("研报/二.pdf", language: "zh"), SampleRecords.failed("b.pdf"),
    ]

    @Test("a record comes back from its JSON as it was", arguments: [0, 1, 2])
    func roundTrip(_ index: Int) throws {
        let record = Self.records[index]
        let again = try ReportRecord(JSON.parse(record.value.json(pretty: true)))
        #expect(again.value.json() == record.value.json())
        #expect(again.fields == record.fields && again.figures == record.figures && again.findings == record.findings)
        #expect(again.pages == record.pages && again.status == record.status && again.reason == record.reason)
        for (one, other) in zip(again.tables, record.tables) {
            #expect(one.grid.cells == other.grid.cells && one.grid.caption == other.grid.caption)
            #expect(one.places == other.places && one.caption == other.caption && one.grid.isRuled == other.grid.isRuled)
        }
        #expect(again.tables.count == record.tables.count)
    }

    @Test("places are page and box, rounded to a hundredth of a point; whole numbers have no fraction")
    func places() throws {
        var record = Self.records[0]
        record.findings[0].places = [
            PagePlace(page: 2, box: PageBox(left: 72.004, top: -0.001, right: 99.9951, bottom: .nan))
        ]
        let text = record.value.json()
        #expect(text.contains(#""places":[{"page":2,"box":[72,0,100,0]}]"#))
        #expect(text.contains(#""value":1200000000,"unit":"CNY""#))
    }

    @Test("every record fits the published schema, and the published file is the one in the program")
    func schema() throws {
        let schema = try JSONSchema(json: ReportRecord.schemaText)
        for record in Self.records { #expect(schema.validate(record.value) == []) }
        #expect(!ReportRecord.schema.isNull)
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
        let file = try String(contentsOf: root.appendingPathComponent("docs/schemas/report-record.schema.json"), encoding: .utf8)
        #expect(file == ReportRecord.schemaText)
    }

    @Test("the schema refuses what is no record, such as a value without a place")
    func refused() throws {
        let schema = try JSONSchema(json: ReportRecord.schemaText)
        var record = Self.records[0]
        record.figures[1].provenance = []
        #expect(schema.validate(record.value).map(\.path) == ["/figures/1/provenance"])
        guard case .map(var map) = Self.records[0].value else { return }
        map["colour"] = "red"
        map["status"] = "done"
        #expect(Set(schema.validate(.map(map)).map(\.path)) == ["/colour", "/status"])
    }

    @Test("numbers that are none are left out, and the record stays readable")
    func notFinite() throws {
        var record = Self.records[0]
        record.figures[0].value = Amount(number: .nan, unit: "CNY")
        record.figures[1].change = Amount(number: .infinity, unit: "percent")
        record.fields[2].content = .amount(Amount(number: -.infinity, unit: nil))
        #expect(try JSONSchema(json: ReportRecord.schemaText).validate(record.value) == [])
        let again = try ReportRecord(record.value)
        #expect(again.figures[0].value == nil && again.figures[1].change == nil)
        #expect(again.fields[2].content == .text("HK$12.50"))
    }

    @Test("what is wrong in a record is said with its place")
    func malformed() throws {
        func error(_ old: String, _ new: String) throws -> ArchiveError? {
            let text = Self.records[0].value.json()
            try #require(text.contains(old))
            let value = try JSON.parse(text.replacing(old, with: new, maxReplacements: 1))
            return #expect(throws: ArchiveError.self) { try ReportRecord(value) }
        }
        #expect(try error("millrace.report/1", "millrace.report/9") == .unknownFormat("millrace.report/9"))
        let status = try error(#""status":"success""#, #""status":"fine""#)
        #expect(status == .malformed(place: "/status", reason: "is 'fine', which is not known"))
        let name = try error(#""name":"rating""#, #""name":7"#)
        #expect(name == .malformed(place: "/fields/1/name", reason: "must be a string, is integer"))
        let range = try error(#""range":[0,3]"#, #""range":[0,3000]"#)
        #expect("\(range as Any)".contains("/tables/0/cells/0/places"))
        let box = try error(#""box":[70,60,"#, #""box":["#)
        #expect("\(box as Any)".contains("/fields/0/provenance/0/places/0/box must be [left, top, right, bottom]"))
        #expect(throws: ArchiveError.malformed(place: "", reason: "must be an object, is array")) { try ReportRecord([]) }
    }
}
