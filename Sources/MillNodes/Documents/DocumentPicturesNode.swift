import MillDocument
import MillGraph
import MillValue

/// The pictures of a document's pages, as JPEG files by the pages' numbers.
struct PagePictures: Sendable {
    let pages: [Int: [UInt8]]
}

/// `document.pictures`: a document → pictures of its pages, for people.
final class DocumentPicturesNode: AsyncNode {
    static let type = NodeType(
        "document.pictures", "Makes pictures of a document's pages, for the report page.",
        inputs: [.input("document", .document, "an opened document")],
        outputs: [.output("pictures", .named("pictures"), "JPEG files by page")],
        configuration: [
            ConfigField("dpi", .number(minimum: 10, maximum: 600), "pixels per inch", default: 80),
            ConfigField("quality", .integer(minimum: 1, maximum: 100), "of JPEG", default: 60),
            ConfigField("max_pages", .integer(minimum: 0), "only so many pages of each document", default: 200),
        ],
        isParallel: true,
        make: { context in
            DocumentPicturesNode(
                dpi: try context.config.double("dpi"), quality: try context.config.int("quality"),
                limit: try context.config.int("max_pages"))
        })

    /// Most bytes of one document's pictures; usual pages take a tenth of a megabyte.
    private static let byteCount = 128 << 20

    private let dpi: Double
    private let quality: Int
    private let limit: Int

    init(dpi: Double, quality: Int, limit: Int) {
        self.dpi = dpi
        self.quality = quality
        self.limit = limit
    }

    func process(_ inputs: Inputs, _ emit: AsyncEmitter) async throws {
        guard let source = try inputs.packet("document").payload.object(as: DocumentInHand.self) else {
            throw NodeError.wrongPayload(port: "document", expected: "an opened document")
        }
        var pages: [Int: [UInt8]] = [:]
        var byteCount = 0
        for number in source.pages.prefix(limit) where byteCount < Self.byteCount {
            // The report can do without a picture, and a page that cannot be drawn is told of where it is read.
            do {
                pages[number] = try await source.document.picture(number, dpi: dpi, quality: quality)
                byteCount += pages[number]?.count ?? 0
            } catch {
                try Task.checkCancellation()
            }
        }
        try await emit(.object(PagePictures(pages: pages)))
    }
}
