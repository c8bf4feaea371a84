import MillDocument
import MillGraph

/// A document whose pages were read.
struct ReadDocument: Sendable {
    let source: DocumentInHand
    let structure: StructuredDocument
}

/// `document.layout`: brings the pages of a document together → headings, paragraphs and tables in reading order.
final class DocumentLayoutNode: ItemObserver {
    static let type = NodeType(
        "document.layout",
        "Waits for all pages of a document and finds its headings, paragraphs, lists and tables in reading order.",
        inputs: [.input("page", .page, "pages with their words", sync: .any)],
        outputs: [.output("document", .named("structure"), "the document as a reader sees it")],
        make: { _ in DocumentLayoutNode() })

    /// Pages of documents that are not complete yet, by trace.
    private var pages: [UInt64: [DocumentPage]] = [:]
    private let analyzer = LayoutAnalyzer()

    func step(_ inputs: Inputs, _ emit: Emitter) throws {
        let packet = try inputs.packet("page")
        guard let hand = packet.payload.object(as: PageInHand.self), let page = hand.page else {
            throw NodeError.wrongPayload(port: "page", expected: "a page that was read")
        }
        pages[packet.trace, default: []].append(page)
        guard pages[packet.trace]?.count == hand.source.pages.count, let all = pages.removeValue(forKey: packet.trace) else {
            return
        }
        // A text file has its structure already.
        let structure = hand.source.document.structure ?? analyzer.document(all.sorted { $0.number < $1.number })
        var document = packet.with(.object(ReadDocument(source: hand.source, structure: structure)))
        document.key = hand.source.document.name
        try emit(document)
    }

    /// Of a document that lost a page on the way nothing is kept.
    func itemEnded(_ item: ItemReport, _ emit: Emitter) throws { pages[item.trace] = nil }
}
