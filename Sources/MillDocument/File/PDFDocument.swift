import MillProcess

/// A PDF file and the programs that read it.
struct PDFDocument: Sendable {
    let name: String
    let contents: SecretBytes
    let tools: PDFTools
    let options: DocumentOptions
    let information: PDFInformation
    /// What is wrong with the whole file, for the remarks of its pages.
    let remarks: [String]
    let memory = RecognitionMemory()
    let patience: DocumentPatience

    /// Looks into the file: whether it can be read, its pages and their sizes.
    ///
    /// - Throws: ``DocumentError``.
    init(_ file: DocumentFile, options: DocumentOptions) async throws(DocumentError) {
        name = file.name
        patience = DocumentPatience(name: name, options: options)
        tools = try PDFTools()
        self.options = options
        var contents = file.contents
        var answer = try await Self.ask(tools, contents, options)
        if Self.isLocked(answer) {
            contents = try await PDFDecryption(options: options).decrypt(contents, name: name)
            answer = try await Self.ask(tools, contents, options)
        }
        var remarks: [String] = []
        if answer.status != 0, let repaired = try PDFRepair.withEnd(contents) {
            let second = try await Self.ask(tools, repaired, options)
            if second.status == 0 {
                (contents, answer) = (repaired, second)
                remarks.append("the file is cut short or damaged; parts of it may be missing")
            }
        }
        guard answer.status == 0 else {
            // It was asked for pages from 1 on.
            if answer.message.contains("Wrong page range") { throw .noPages(name: name) }
            throw .damaged(name: name, reason: Self.reason(answer.lastLine))
        }
        guard var information = PDFInformation(answer.text) else {
            throw .programAnswer(program: tools.info.name, reason: "it does not say how many pages there are")
        }
        guard information.pageCount > 0 else { throw .noPages(name: name) }
        guard information.pageCount <= options.pageCount else {
            throw .tooManyPages(name: name, count: information.pageCount, limit: options.pageCount)
        }
        let found = information.pages.prefix { $0.width > 0 && $0.height > 0 }.count
        guard found > 0 else { throw .damaged(name: name, reason: "page 1 cannot be found") }
        if found < information.pageCount {
            remarks.append("the file is damaged: of its \(information.pageCount) pages those after page \(found) cannot be found")
            information.pages = Array(information.pages.prefix(found))
            information.pageCount = found
        }
        self.contents = contents
        self.information = information
        self.remarks = remarks
        for (index, page) in information.pages.enumerated() {
            let sides = 1...options.pageSide
            guard sides.contains(page.width), sides.contains(page.height) else {
                throw .pageSize(
                    name: name, page: index + 1, width: page.width, height: page.height, limit: options.pageSide)
            }
        }
    }

    private static func ask(
        _ tools: PDFTools, _ contents: SecretBytes, _ options: DocumentOptions
    ) async throws(DocumentError) -> ConfinedProgram.Answer {
        try await tools.info.answer(
            ["-f", "1", "-l", String(options.pageCount + 1), PDFTools.file], input3: contents,
            limits: options.limits(outputByteCount: 16 << 20), accepting: [0, 1, 2, 3, 99])
    }

    private static func isLocked(_ answer: ConfinedProgram.Answer) -> Bool {
        answer.status != 0 && answer.message.contains("Incorrect password")
    }

    /// The most telling line of what poppler said.
    static func reason(_ line: String) -> String {
        guard !line.isEmpty else { return "it cannot be read as PDF" }
        guard line.hasPrefix("Syntax Error") || line.hasPrefix("Error"), let colon = line.firstIndex(of: ":") else { return line }
        return String(line[line.index(after: colon)...].drop { $0 == " " })
    }

    func picture(_ page: Int, dpi: Double, quality: Int) async throws(DocumentError) -> [UInt8] {
        let size = information.pages[page - 1]
        let dpi = Self.bounded(dpi, size, pixelCount: 16 << 20)
        let answer = try await patience.run(pages: page...page) { () async throws(DocumentError) in
            try await tools.render.answer(
                [
                    "-q", "-cropbox", "-jpeg", "-jpegopt", "quality=\(min(max(quality, 1), 100))", "-r", String(dpi), "-f",
                    String(page), "-l", String(page), PDFTools.file,
                ], input3: contents, limits: options.limits(outputByteCount: 64 << 20))
        }
        guard answer.output.count > 0 else { throw .programAnswer(program: tools.render.name, reason: "no picture") }
        return Array(answer.output.bytes)
    }

    /// A resolution at which a page has at most so many pixels.
    static func bounded(_ dpi: Double, _ page: PDFInformation.Page, pixelCount: Int) -> Double {
        let most = (Double(pixelCount) * 72 * 72 / (page.width * page.height)).squareRoot()
        return min(max(dpi, 1), max(most, 1))
    }
}
