import MillDocument
import MillExtraction
import MillGraph
import MillValue

/// `sink.records`: keeps the record of each document in a folder, and makes the files of all documents at the end.
final class RecordsSink: ItemObserver, ItemKeeper {
    static func type(journal: RunJournal) -> NodeType {
        NodeType(
            "sink.records",
            "Keeps a record of each document in a folder, also of those that failed, and makes JSON Lines, CSV, SQLite and a report page of all.",
            inputs: [
                .input("record", .record(schema: "report"), "what was read from a document"),
                .input(
                    "pictures", .named("pictures"), "pictures of its pages, for the report page", required: false, awaited: true),
                .input("document", .named("structure"), "its text, for Markdown and Docling", required: false, awaited: true),
                .input(
                    "skipped", .record(schema: "report"), "records of documents that were not read", required: false, sync: .any,
                    variadic: true),
            ],
            configuration: [
                ConfigField("folder", .path, "where the results go", required: true),
                ConfigField("title", .string, "of the report page", default: "Reports"),
                ConfigField(
                    "page", .boolean,
                    "make the report page, an HTML file that needs no network, and keep the pictures of pages that it shows",
                    default: true),
                ConfigField("markdown", .boolean, "write each document's text as Markdown", default: false),
                ConfigField("docling", .boolean, "write each document as DoclingDocument JSON", default: false),
            ],
            make: { context in try RecordsSink(context, journal: journal) })
    }

    private let archive: ReportArchive
    private let journal: RunJournal
    private let place: String
    private let pipeline: String
    private let title: String
    private let hasPage: Bool
    private let hasMarkdown: Bool
    private let hasDocling: Bool

    init(_ context: NodeContext, journal: RunJournal) throws {
        let config = context.config
        place = try config.string("folder")
        archive = try ReportArchive(folder: place)
        pipeline = context.pipelineFingerprint
        self.journal = journal
        title = try config.string("title")
        hasPage = try config.bool("page")
        hasMarkdown = try config.bool("markdown")
        hasDocling = try config.bool("docling")
    }

    func step(_ inputs: Inputs, _ emit: Emitter) throws {
        guard let packet = inputs.trigger, let value = packet.payload.value else {
            throw NodeError.wrongPayload(port: inputs.triggerPort, expected: "a record")
        }
        let record = try ReportRecord(value)
        let structure = inputs["document"]?.payload.object(as: ReadDocument.self)?.structure
        try archive.store(
            record, of: ArchiveIndex.Origin(identity: packet.identity, pipeline: pipeline),
            // They serve the report page alone.
            pictures: hasPage ? inputs["pictures"]?.payload.object(as: PagePictures.self)?.pages ?? [:] : [:],
            markdown: hasMarkdown ? structure?.markdown() : nil,
            docling: hasDocling ? structure?.doclingDocument(name: record.file) : nil)
    }

    func keeps(_ key: String, identity: String) -> Bool {
        archive.keeps(file: key, of: ArchiveIndex.Origin(identity: identity, pipeline: pipeline))
    }

    func itemEnded(_ item: ItemReport, _ emit: Emitter) throws {
        guard let failure = item.failures.first else { return }
        let sha256 = try archive.sha256(of: item.key, identity: item.identity) ?? ""
        try archive.store(
            ReportRecord(file: item.key, sha256: sha256, status: .failed, reason: failure.reason),
            of: ArchiveIndex.Origin(identity: item.identity, pipeline: pipeline))
    }

    func finish(_ emit: Emitter) throws {
        let summary = try archive.assemble(page: hasPage, title: title)
        journal.say(summary.text)
        for reason in summary.reasons.prefix(20) {
            let others = reason.count > 1 ? " and \(reason.count - 1) more" : ""
            journal.say("\(reason.status.rawValue): \(reason.file)\(others): \(reason.reason)")
        }
        if summary.reasons.count > 20 { journal.say("… and \(summary.reasons.count - 20) more reasons") }
        journal.say("results: \(place)")
    }
}
