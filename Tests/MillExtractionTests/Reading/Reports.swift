import MillDocument
import MillExtraction
import MillModels
import MillTestSupport
import Testing

/// samples/models/ledger is another model.
struct NoLedger: Error {}

/// The reader with the model that Millrace brings along, loaded once.
enum Reports {
    private static let loaded = Result {
        let model = try ModelLoader().load(path: Oracles.committed + "/../../samples/models/ledger", tokenizer: false)
        guard case .ledger(let ledger) = model.network else { throw NoLedger() }
        return ReportReader(ledger: ledger)
    }

    static var reader: ReportReader { get throws { try loaded.get() } }

    static func read(_ build: (inout DocumentBuilder) -> Void) throws -> ReportRecord {
        var builder = DocumentBuilder()
        build(&builder)
        return try reader.read(builder.document, file: "a.pdf", sha256: "00")
    }
}

extension ReportRecord {
    /// The figure of a name and period.
    func figure(_ name: String, _ period: String?) -> ReportFigure? { figures.first { $0.name == name && $0.period == period } }

    func field(_ name: String) -> ReportField.Content? { fields.first { $0.name == name }?.content }

    /// Expects the number and days of an invoice, and its total.
    func expectInvoice(
        _ number: String, issued: String, due: String, total: Amount, _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(field("invoice_number") == .text(number), sourceLocation: location)
        #expect(field("invoice_date") == .date(issued), sourceLocation: location)
        #expect(field("due_date") == .date(due), sourceLocation: location)
        #expect(field("total") == .amount(total), sourceLocation: location)
    }

    /// All provenance of the record.
    var places: [Provenance] {
        fields.flatMap(\.provenance)
            + figures.flatMap { $0.provenance + [$0.nameProvenance, $0.periodProvenance, $0.changeProvenance].compactMap { $0 } }
    }
}
