import MillDocument
import MillGraph

/// A page on its way through a pipeline.
struct PageInHand: Sendable {
    let source: DocumentInHand
    /// Counted from 1.
    let number: Int
    /// What was read from it; nil before.
    var page: DocumentPage?
}

/// `document.pages`: a document → its pages, one packet each, keyed by document and page.
final class DocumentPagesNode: Node {
    static let type = NodeType(
        "document.pages", "Takes a document apart into its pages.",
        inputs: [.input("document", .document, "an opened document")],
        outputs: [.output("page", .page, "one packet for each page; its key is the document's with # and the page's number")],
        make: { _ in DocumentPagesNode() })

    func step(_ inputs: Inputs, _ emit: Emitter) throws {
        let packet = try inputs.packet("document")
        guard let source = packet.payload.object(as: DocumentInHand.self) else {
            throw NodeError.wrongPayload(port: "document", expected: "an opened document")
        }
        for number in source.pages {
            var page = packet.with(.object(PageInHand(source: source, number: number)))
            page.key = "\(packet.key)#\(number)"
            try emit(page)
        }
    }
}

/// `page.read`: reads the words of pages, from the text layer or by recognition.
final class PageReadNode: BatchNode {
    static let type = NodeType(
        "page.read",
        "Reads a page: words with their places, from the text layer or, where there is none or it is garbage, by recognition.",
        inputs: [.input("page", .page, "a page of document.pages")],
        outputs: [.output("page", .page, "the page with its words")],
        isParallel: true, takesBatches: true,
        make: { _ in PageReadNode() })

    func process(_ inputs: Inputs, _ emit: AsyncEmitter) async throws { try await process([inputs], emit) }

    func process(_ batch: [Inputs], _ emit: AsyncEmitter) async throws {
        let packets = try batch.map { try $0.packet("page") }
        var waiting = packets[...]
        while let first = waiting.first {
            let start = try Self.page(first)
            // Neighbours of one document are read together, which costs less.
            let run = waiting.enumerated().prefix { offset, packet in
                packet.trace == first.trace && (try? Self.page(packet))?.number == start.number + offset
            }.map(\.element)
            for (packet, page) in zip(run, try await Self.read(start.source.document, start.number, count: run.count)) {
                try await emit(packet.with(.object(PageInHand(source: start.source, number: page.number, page: page))))
            }
            waiting = waiting.dropFirst(run.count)
        }
    }

    private static func page(_ packet: Packet) throws -> PageInHand {
        guard let page = packet.payload.object(as: PageInHand.self) else {
            throw NodeError.wrongPayload(port: "page", expected: "a page")
        }
        return page
    }

    /// Pages in a row. One that cannot be read does not cost the document: it has no words, and says why.
    private static func read(_ document: OpenDocument, _ first: Int, count: Int) async throws -> [DocumentPage] {
        if document.structure != nil { return (first..<first + count).map { blank(document, $0) } }
        do { return try await document.pages(first...first + count - 1) } catch {
            try Task.checkCancellation()
            guard count > 1 else { return [blank(document, first, failure: "\(error)")] }
            var pages: [DocumentPage] = []
            for number in first..<first + count { pages += try await read(document, number, count: 1) }
            return pages
        }
    }

    private static func blank(_ document: OpenDocument, _ number: Int, failure: String? = nil) -> DocumentPage {
        let size = document.pageSizes[number - 1]
        return DocumentPage(
            number: number, width: size.width, height: size.height, source: .none, words: [],
            remarks: failure.map { ["it cannot be read: \($0)"] } ?? [], isLost: failure != nil)
    }
}
