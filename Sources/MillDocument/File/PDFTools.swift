import MillProcess

/// The programs that read PDF files, found once.
struct PDFTools: Sendable {
    let info: ConfinedProgram
    let text: ConfinedProgram
    let render: ConfinedProgram
    let images: ConfinedProgram

    init() throws(DocumentError) {
        func find(_ name: String) throws(DocumentError) -> ConfinedProgram {
            try DocumentError.wrapping { () throws(ProgramError) in try ConfinedProgram(name, package: "poppler-utils") }
        }
        info = try find("pdfinfo")
        text = try find("pdftotext")
        render = try find("pdftoppm")
        images = try find("pdfimages")
    }

    /// Where a confined program finds the file.
    static let file = "/proc/self/fd/3"
}

/// What a PDF file says about itself.
package struct PDFInformation: Sendable, Hashable {
    package struct Page: Sendable, Hashable {
        /// In points, as displayed.
        package var width: Double
        package var height: Double
        /// By how many degrees clockwise the page is displayed turned.
        package var rotation: Int

        package init(width: Double, height: Double, rotation: Int = 0) {
            self.width = width
            self.height = height
            self.rotation = rotation
        }
    }

    package var pageCount: Int
    package var isEncrypted: Bool
    package var pages: [Page]

    /// Reads the answer of `pdfinfo -f 1 -l N`. A file's title may hold lines that look like it; what pdfinfo says itself comes
    /// after them, so the last one counts.
    package init?(_ answer: String) {
        var count: Int?
        var encrypted = false
        var sizes: [Int: (width: Double, height: Double)] = [:]
        var turns: [Int: Int] = [:]
        for line in answer.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: " ", omittingEmptySubsequences: true)
            guard parts.count >= 2 else { continue }
            if parts[0] == "Pages:" { count = Int(parts[1]) }
            if parts[0] == "Encrypted:" { encrypted = parts[1] == "yes" }
            guard parts[0] == "Page", parts.count >= 4, let number = Int(parts[1]) else { continue }
            if parts[2] == "size:", parts.count >= 6, let width = Double(parts[3]), let height = Double(parts[5]) {
                sizes[number] = (width, height)
            }
            if parts[2] == "rot:" { turns[number] = Int(parts[3]) }
        }
        guard let count else { return nil }
        pageCount = count
        isEncrypted = encrypted
        pages = []
        for number in stride(from: 1, through: count, by: 1) {
            guard let size = sizes[number] else { break }
            let turn = (((turns[number] ?? 0) % 360) + 360) % 360
            let swaps = turn == 90 || turn == 270
            pages.append(
                Page(width: swaps ? size.height : size.width, height: swaps ? size.width : size.height, rotation: turn))
        }
    }
}
