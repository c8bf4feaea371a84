import MillDocument
import MillEvaluation
import MillExtraction
import MillValue
import Testing

@Suite("Records of reports against the truth")
struct ReportScoresTests {
    private static let truth: Value = [
        "file": "a.pdf", "kind": "research", "language": "en", "layer": "text",
        "fields": [
            "rating": ["value": "Buy", "scale": "buy", "places": [["page": 1, "box": [10, 10, 30, 20]]]],
            "target_price": ["value": 4.1, "currency": "GBP", "places": [["page": 1, "box": [10, 30, 30, 40]]]],
            "company": ["value": "Halden Ferries plc", "also": ["Halden"], "places": []],
            "analyst": ["value": ["Imogen Castellane", "Rufus Thackeray"], "places": []],
        ],
        "metrics": [
            [
                "name": "Revenue", "also": ["Sales"], "period": "2025FY", "value": 342_500_000, "unit": "GBP", "raw": "342.5",
                "change": ["value": 8.08, "unit": "percent"], "estimate": true, "in": "both",
                "places": [["page": 1, "box": [100, 100, 140, 112]]],
            ],
            [
                "name": "EPS", "also": [], "period": "2025FY", "value": 0.181, "unit": "per_share:GBP", "raw": "18.1",
                "change": .null, "places": [],
            ],
            [
                "name": "Revenue growth", "also": [], "period": "2025FY", "value": 8.1, "unit": "percent", "raw": "8.1",
                "change": .null, "places": [],
            ],
        ],
    ]

    private func provenance(_ left: Double, _ top: Double, _ right: Double, _ bottom: Double) -> Provenance {
        Provenance(
            places: [PagePlace(page: 1, box: PageBox(left: left, top: top, right: right, bottom: bottom))], raw: "x",
            range: 0..<1, isInTable: true,
            confidence: 1)
    }

    private func figure(_ name: String, _ number: Double, _ unit: String) -> ReportFigure {
        ReportFigure(
            name: name, period: "2025FY", value: Amount(number: number, unit: unit),
            change: name == "sales" ? Amount(number: 8.1, unit: "percent") : nil,
            kind: .estimate, provenance: [provenance(100, 103, 140, 112)], changeProvenance: provenance(0, 0, 1, 1))
    }

    private func scores(_ fields: [ReportField], _ figures: [ReportFigure]) throws -> ReportScores {
        var scores = ReportScores()
        scores.add(
            ReportRecord(file: "a.pdf", sha256: "", status: .success, fields: fields, figures: figures),
            try ReportTruth(Self.truth))
        return scores
    }

    @Test("right fields and figures, other names and rounding among them")
    func right() throws {
        let place = provenance(10, 10, 30, 20)
        let scores = try scores(
            [
                ReportField(name: "rating", content: .rating("Outperform", scale: "buy"), provenance: [place]),
                ReportField(
                    name: "target_price", content: .amount(Amount(number: 4.1, unit: "GBP")),
                    provenance: [provenance(10, 36, 30, 40)]),
                ReportField(name: "company", content: .text("Halden"), provenance: [place]),
                ReportField(name: "analyst", content: .text("Rufus Thackeray"), provenance: [place]),
                ReportField(name: "analyst", content: .text("Imogen Castellane"), provenance: [place]),
            ], [figure("sales", 342_540_000, "GBP"), figure("EPS", 0.181, "GBP per share")])
        #expect(scores.allFields.right == 5 && scores.allFields.missed == 0)
        #expect(scores.metrics.right == 3 && scores.metrics.wrong == 0, "the growth is the change of the sales")
        #expect(scores.changes.right == 1 && scores.kinds.right == 1)
        // The target price stands below the true box; rating and revenue cover more than half of theirs.
        #expect(scores.places.right == 2 && scores.places.missed == 1)
    }

    @Test("wrong units, missing values and values too many")
    func wrong() throws {
        let scores = try scores(
            [ReportField(name: "target_price", content: .amount(Amount(number: 410, unit: "GBP")), provenance: [])],
            [figure("Revenue", 342_500_000, "USD"), figure("EPS", 18.1, "GBP per share")])
        #expect(scores.fields["target_price"]?.right == 0 && scores.fields["target_price"]?.wrong == 1)
        #expect(scores.fields["rating"]?.missed == 1)
        #expect(scores.metrics.right == 0 && scores.metrics.wrong == 2 && scores.metrics.missed == 3)
        #expect(!scores.remarks.isEmpty)
    }

    @Test("a truth without fields is refused with what is missing")
    func invalid() {
        #expect(throws: EvaluationError.invalidGroundTruth(reason: "layer is missing or no text")) {
            try ReportTruth(["file": "a.pdf", "kind": "research", "language": "en"])
        }
    }
}
