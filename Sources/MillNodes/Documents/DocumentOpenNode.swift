import MillCompute
import MillDocument
import MillExtraction
import MillGraph
import MillTensor
import MillValue

/// A document on its way through a pipeline.
struct DocumentInHand: Sendable {
    let document: OpenDocument
    /// Of the file as it came, in hexadecimal digits.
    let sha256: String
    /// The pages that are wanted, counted from 1.
    let pages: ClosedRange<Int>
}

/// `document.open`: a file → what it is and how many pages it has; recognises the same content under another name.
final class DocumentOpenNode: AsyncNode, ItemKeeper {
    static let type = NodeType(
        "document.open", "Opens PDF files, scans and texts; the same content under another name is skipped.",
        inputs: [.input("bytes", .bytes, "the file, keyed by its name")],
        outputs: [
            .output("document", .document, "the opened document"),
            .output("skipped", .record(schema: "report"), "a record of each file whose content came before, or that is none"),
        ],
        configuration: [
            ConfigField("passwords", .list(of: .string), "tried in turn on encrypted files"),
            ConfigField("first_page", .integer(minimum: 1), "the first page to read", default: 1),
            ConfigField("last_page", .integer(minimum: 1), "the last page to read; by default all"),
            ConfigField(
                "languages", .list(of: .string), "languages of scans, as Tesseract names them; by default eng and chi_sim"),
            ConfigField("max_bytes", .integer(minimum: 1), "larger files are refused", default: .int(512 << 20)),
            ConfigField("max_pages", .integer(minimum: 1, maximum: 100_000), "longer documents are refused", default: 5000),
            ConfigField("step_timeout", .duration, "how long one page may take to recognise, or ten to read", default: "30s"),
            ConfigField("duplicates", .choice(["skip", "read"]), "what to do with the same content again", default: "skip"),
            ConfigField(
                "results", .path, "the folder of sink.records, for contents that an earlier run has read; empty for none"),
        ],
        check: { node in
            guard let last = node.config["last_page"]?.int, let first = node.config["first_page"]?.int, last < first else {
                return []
            }
            return [ConfigurationProblem(["last_page"], "the last page comes before the first")]
        },
        make: { context in try DocumentOpenNode(context) })

    private let reader: DocumentReader
    private let owners: ContentOwners?
    private let firstPage: Int
    private let lastPage: Int?

    init(_ context: NodeContext) throws {
        let config = context.config
        var options = DocumentOptions()
        options.passwords = config["passwords"]?.list?.compactMap(\.string).filter { !$0.isEmpty } ?? []
        options.languages = config["languages"]?.list?.compactMap(\.string) ?? options.languages
        options.fileByteCount = try config.int("max_bytes")
        options.pageCount = try config.int("max_pages")
        options.stepSeconds = try config.duration("step_timeout").inSeconds
        reader = DocumentReader(options)
        firstPage = try config.int("first_page")
        lastPage = config["last_page"]?.int
        owners = try config.string("duplicates") == "skip" ? ContentOwners(results: config["results"]?.string) : nil
    }

    func process(_ inputs: Inputs, _ emit: AsyncEmitter) async throws {
        let packet = try inputs.packet("bytes")
        if let unreadable = packet.payload.object(as: UnreadableFile.self) {
            guard unreadable.isSkipped else { throw NodeError.unreadableDocument(reason: unreadable.reason) }
            return try await skip(packet, sha256: "", reason: unreadable.reason, emit)
        }
        guard let bytes = packet.payload.tensor else { throw NodeError.wrongPayload(port: "bytes", expected: "a file's bytes") }
        let sha256 = ContentHash(of: bytes).hex
        if let owner = try owners?.owner(of: sha256, claimedBy: packet.key), !owner.utf8.elementsEqual(packet.key.utf8) {
            return try await skip(packet, sha256: sha256, reason: "the same content as \(owner)", emit)
        }
        let document: OpenDocument
        do {
            document = try await reader.open(bytes, name: packet.key)
            guard firstPage <= document.pageCount else {
                throw DocumentError.pageOutOfRange(name: packet.key, page: firstPage, count: document.pageCount)
            }
        } catch {
            owners?.release(sha256, claimedBy: packet.key)
            throw error
        }
        let pages = firstPage...min(lastPage ?? document.pageCount, document.pageCount)
        try await emit(.object(DocumentInHand(document: document, sha256: sha256, pages: pages)))
    }

    private func skip(_ packet: Packet, sha256: String, reason: String, _ emit: AsyncEmitter) async throws {
        let record = ReportRecord(file: packet.key, sha256: sha256, status: .skipped, reason: reason)
        try await emit(.value(record.value), on: "skipped")
    }

    func expect(_ items: [ExpectedItem]) { owners?.expect(items) }

    func keeps(_ key: String, identity: String) -> Bool { owners?.holds(key) ?? true }
}

extension ContentHash {
    /// Of a file's bytes.
    init(of bytes: Tensor) { self = bytes.withBytes { span in span.withUnsafeBytes { ContentHash(of: Array($0)) } } }
}
