import MillDocument
import MillExtraction
import MillValue
import Testing

@Suite("Answers under a user's schema are checked against the pages")
struct SchemaExtractionVerifierTests {
    private var document: StructuredDocument {
        var builder = DocumentBuilder()
        builder.title("Halden Ferries plc")
        builder.paragraph("The shares closed at 331p on 5 March 2025. Revenue rose 8.1% to £342.5m in FY25.")
        builder.table([["£m", "2024A", "2025E"], ["Revenue", "316.9", "342.5"]], caption: "Summary (£ million)")
        return builder.document
    }

    private func verify(_ answer: Value) -> VerifiedExtraction { SchemaExtractionVerifier().verify(answer, against: document) }

    @Test("what stands on a page is kept with its places")
    func kept() throws {
        let checked = verify(["company": "Halden Ferries plc", "growth": 8.1, "priced": "2025-03-05", "period": "2025FY"])
        #expect(checked.missing.isEmpty && checked.values.count == 4)
        #expect(checked.values.allSatisfy { !$0.provenance.isEmpty })
        #expect(checked.values.first { $0.pointer == "/priced" }?.match == .date)
        #expect(checked.values.first { $0.pointer == "/priced" }?.provenance.first?.raw == "5 March 2025")
    }

    @Test("numbers count in the scale of their words and of their table")
    func numbers() {
        let checked = verify(["a": 342_500_000, "b": 316.9, "c": 316_900_000, "d": 0.081])
        #expect(checked.missing.isEmpty)
    }

    @Test("what stands nowhere is dropped and told")
    func dropped() {
        let checked = verify(["company": "Halden Ferries plc", "figures": [["value": 999], ["value": 342.5]], "ceo": "Jane Doe"])
        #expect(checked.missing.map(\.pointer) == ["/figures/0/value", "/ceo"])
        #expect(checked.value["figures"]?[0]?["value"] == .null)
        #expect(checked.value["figures"]?[1]?["value"] == 342.5)
        #expect(checked.value["ceo"] == .null)
    }

    @Test("a part of a number is not that number")
    func parts() { #expect(verify(["a": 42.5, "b": "42.5"]).missing.count == 2) }

    @Test("one misread character in ten is forgiven")
    func near() {
        let checked = verify(["a": "Ha1den Ferries plc", "b": "Harlan Furies plc"])
        #expect(checked.values.map(\.match) == [.near])
        #expect(checked.missing.map(\.pointer) == ["/b"])
    }

    @Test("an answer of any shape is walked through")
    func shapes() {
        for answer in [Value.null, true, [], [:], "", ["a": ["b/c": ["~": "x"]]]] as [Value] { _ = verify(answer) }
        #expect(verify(["b/c": "nowhere at all"]).missing.first?.pointer == "/b~1c")
    }
}
