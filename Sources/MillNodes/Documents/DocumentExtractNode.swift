import MillDocument
import MillExtraction
import MillGraph
import MillInference
import MillModels
import MillValue

/// `document.extract`: a read document → a record of fields and figures with their places.
final class DocumentExtractNode: AsyncNode {
    static let type = NodeType(
        "document.extract", "Finds company, rating, target price and figures of a report, each with its place on the page.",
        inputs: [.input("document", .named("structure"), "a document of document.layout")],
        outputs: [.output("record", .record(schema: "report"), "docs/schemas/report-record.schema.json")],
        needsModel: true,
        make: { context in
            guard case .ledger(let ledger) = try context.model(as: ModelHost.self).model.network else {
                throw NodeError.unsuitableModel(node: context.name, needs: "one that reads reports, such as builtin:ledger")
            }
            return DocumentExtractNode(ReportReader(ledger: ledger))
        })

    private let reader: ReportReader

    init(_ reader: ReportReader) { self.reader = reader }

    func process(_ inputs: Inputs, _ emit: AsyncEmitter) async throws {
        let packet = try inputs.packet("document")
        guard let read = packet.payload.object(as: ReadDocument.self) else {
            throw NodeError.wrongPayload(port: "document", expected: "a document of document.layout")
        }
        let lost = read.structure.pages.filter(\.isLost)
        let reasons = lost.map { "page \($0.number): \($0.remarks.joined(separator: ", "))" }
        guard lost.count < read.structure.pages.count || lost.isEmpty else {
            throw NodeError.unreadableDocument(reason: reasons.prefix(3).joined(separator: "; "))
        }
        var record = try reader.read(read.structure, file: packet.key, sha256: read.source.sha256)
        if read.structure.pages.contains(where: \.isDamaged) { record.status = .partial }
        if !lost.isEmpty {
            record.status = .partial
            record.reason = ([record.reason].compactMap(\.self) + reasons.prefix(10)).joined(separator: "; ")
        }
        try await emit(.value(record.value))
    }
}
