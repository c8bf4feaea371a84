import MillProcess
import MillTensor

/// Opens documents: what they are and how many pages they have, before any page is read.
///
/// ```swift
/// let reader = DocumentReader()
/// let document = try await reader.open(StoragePool.default.read(path: path), name: path)
/// for first in stride(from: 1, through: document.pageCount, by: 10) {
///     let pages = try await document.pages(first...min(first + 9, document.pageCount))
/// }
/// ```
///
/// Programs of the system do the reading, each confined: see ``OpenDocument/pages(_:)``.
public struct DocumentReader: Sendable {
    public let options: DocumentOptions

    public init(_ options: DocumentOptions = DocumentOptions()) { self.options = options }

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - bytes: U8 `[byteCount]`; a copy is taken, into memory that is wiped when the document goes.
    ///   - name: for messages.
    /// - Throws: ``DocumentError`` for what is no document, beyond the limits, encrypted without one of the passwords, or
    ///   damaged, and where a program is missing.
    public func open(_ bytes: Tensor, name: String) async throws(DocumentError) -> OpenDocument {
        let file = try DocumentFile(bytes, name: name, limits: options)
        switch file.kind {
        case .pdf: return OpenDocument(file: file, body: .pdf(try await PDFDocument(file, options: options)))
        case .png, .jpeg: return OpenDocument(file: file, body: .picture(try PictureDocument(file, options: options)))
        case .text, .markdown:
            guard file.byteCount <= options.textByteCount else {
                throw .tooLarge(name: name, byteCount: file.byteCount, limit: options.textByteCount)
            }
            return OpenDocument(file: file, body: .plain(PlainDocument(file.contents.bytes, kind: file.kind)))
        }
    }
}

/// A document that was opened. May be used from several tasks at once.
public struct OpenDocument: Sendable {
    /// The size of a page as displayed, in points.
    public struct PageSize: Sendable, Hashable {
        public let width: Double
        public let height: Double
    }

    enum Body: Sendable {
        case pdf(PDFDocument)
        case picture(PictureDocument)
        case plain(PlainDocument)
    }

    let file: DocumentFile
    let body: Body

    public var name: String { file.name }
    public var kind: DocumentKind { file.kind }
    public var pageCount: Int { pageSizes.count }
    public var pageSizes: [PageSize] {
        switch body {
        case .pdf(let document): document.information.pages.map { PageSize(width: $0.width, height: $0.height) }
        case .picture(let document): [PageSize(width: document.width, height: document.height)]
        case .plain(let document): document.structure.pages.map { PageSize(width: $0.width, height: $0.height) }
        }
    }
    /// What a text or Markdown file holds, which needs no layout analysis; nil for files of pages.
    public var structure: StructuredDocument? {
        if case .plain(let document) = body { document.structure } else { nil }
    }

    /// Reads pages, counted from 1. Some ten pages with a text layer at a time cost least; a page that has to be recognised keeps
    /// one core busy for seconds, so give scans page by page to as many tasks as there are cores.
    ///
    /// Of a text or Markdown file there is one page with the words of its lines; ``structure`` has more.
    ///
    /// A page that cannot be read while others can is there without words, and its remarks say why.
    ///
    /// - Throws: ``DocumentError``.
    public func pages(_ range: ClosedRange<Int>) async throws(DocumentError) -> [DocumentPage] {
        try check(range)
        switch body {
        case .pdf(let document): return try await document.pages(range)
        case .picture(let document): return [try await document.page()]
        case .plain(let document): return [document.page]
        }
    }

    /// The picture of a page for people, as the bytes of a JPEG file; nil for text and Markdown files.
    ///
    /// - Parameters:
    ///   - page: counted from 1.
    ///   - dpi: pixels per inch of the page, lowered where the picture would have more than 16 million pixels.
    ///   - quality: 1 to 100.
    /// - Throws: ``DocumentError``.
    public func picture(_ page: Int, dpi: Double = 100, quality: Int = 80) async throws(DocumentError) -> [UInt8]? {
        try check(page...page)
        switch body {
        case .pdf(let document): return try await document.picture(page, dpi: dpi, quality: quality)
        case .picture(let document): return try document.jpeg(dpi: dpi, quality: quality)
        case .plain: return nil
        }
    }

    private func check(_ range: ClosedRange<Int>) throws(DocumentError) {
        for page in [range.lowerBound, range.upperBound] where !(1...max(pageCount, 1)).contains(page) {
            throw .pageOutOfRange(name: name, page: page, count: pageCount)
        }
    }
}
