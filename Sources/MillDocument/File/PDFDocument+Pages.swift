import MillProcess

extension PDFDocument {
    /// What a page gave before anything is recognised.
    private struct Draft {
        var layer: TextLayer?
        var picture: GrayPicture?
        var remarks: [String] = []
        var failure: DocumentError?
        /// What the programs said about the file while they read the page, and maybe others.
        var complaint = ""
        /// Whether something may be missing.
        var isDamaged = false

        mutating func fail(_ what: String, _ error: DocumentError) {
            remarks.append("\(what): \(error)")
            failure = failure ?? error
        }
    }

    /// Pages in parts that keep the memory bounded.
    func pages(_ range: ClosedRange<Int>) async throws(DocumentError) -> [DocumentPage] {
        var pages: [DocumentPage] = []
        var first = range.lowerBound
        while first <= range.upperBound {
            let last = min(first + Self.pagesPerCall - 1, range.upperBound)
            pages += try await part(first...last)
            first = last + 1
        }
        return pages
    }

    private static let pagesPerCall = 10
    /// Of the rendering in which lines and pictures are found.
    private static let drawingDPI = 100.0

    private func part(_ range: ClosedRange<Int>) async throws(DocumentError) -> [DocumentPage] {
        var drafts = [Draft](repeating: Draft(remarks: remarks), count: range.count)
        try await each(range) { (part) async throws(DocumentError) in
            let (layers, complaint) = try await textLayers(part, isAlone: part.count < range.count)
            for (number, layer) in zip(part, layers) {
                drafts[number - range.lowerBound].layer = layer
                drafts[number - range.lowerBound].complaint = complaint
            }
            guard Self.tellsOfLoss(complaint) else { return }
            for number in part {
                let complaint = part.count == 1 ? complaint : try await textLayers(number...number, isAlone: true).complaint
                guard Self.tellsOfLoss(complaint) else { continue }
                drafts[number - range.lowerBound].remarks.append("the page is damaged; text may be missing or wrong")
                drafts[number - range.lowerBound].isDamaged = true
            }
        } failed: { number, error in
            drafts[number - range.lowerBound].fail("the text layer cannot be read", error)
        }
        for group in groups(range) {
            try await each(group) { (part) async throws(DocumentError) in
                let (pictures, complaint) = try await pictures(
                    part, dpi: dpi(part.lowerBound), isAlone: part.count < group.count)
                for (number, picture) in zip(part, pictures) {
                    drafts[number - range.lowerBound].picture = picture
                    drafts[number - range.lowerBound].complaint += complaint
                }
            } failed: { number, error in
                drafts[number - range.lowerBound].fail("the page cannot be drawn", error)
            }
        }
        if let failure = drafts[0].failure, drafts.allSatisfy({ $0.layer == nil && $0.picture == nil }) { throw failure }
        var pages: [DocumentPage] = []
        for (number, draft) in zip(range, drafts) { pages.append(try await page(number, draft)) }
        return pages
    }

    /// Whether poppler found the content of a page broken, beyond what writers of sound files get wrong.
    private static func tellsOfLoss(_ complaint: String) -> Bool {
        [
            "Unknown operator", "Too few", "wrong type", "Leftover args", "No font in show", "Missing 'endstream'",
            "End of file inside", "Unterminated",
        ].contains { complaint.contains($0) }
    }

    /// Does something for pages at once and, where that fails, for each by itself, so that one bad page spoils no other.
    private func each(
        _ range: ClosedRange<Int>, body: (ClosedRange<Int>) async throws(DocumentError) -> Void,
        failed: (Int, DocumentError) -> Void
    ) async throws(DocumentError) {
        do {
            try await body(range)
        } catch {
            guard error.isOfThePage else { throw error }
            guard range.count > 1 else { return failed(range.lowerBound, error) }
            for number in range { try await each(number...number, body: body, failed: failed) }
        }
    }

    private func dpi(_ number: Int) -> Double {
        Self.bounded(Self.drawingDPI, information.pages[number - 1], pixelCount: 4 << 20)
    }

    /// Runs of pages that are drawn with the same resolution.
    private func groups(_ range: ClosedRange<Int>) -> [ClosedRange<Int>] {
        var groups: [ClosedRange<Int>] = []
        for number in range {
            if let last = groups.last, dpi(last.lowerBound) == dpi(number) {
                groups[groups.count - 1] = last.lowerBound...number
            } else {
                groups.append(number...number)
            }
        }
        return groups
    }

    /// Pages that are tried by themselves, after they failed together, get less time.
    private func limits(_ isAlone: Bool, outputByteCount: Int) -> ConfinedProgram.Limits {
        options.limits(outputByteCount: outputByteCount, share: isAlone ? 1.0 / 3 : 1)
    }

    private func textLayers(_ range: ClosedRange<Int>, isAlone: Bool) async throws(DocumentError) -> (
        layers: [TextLayer], complaint: String
    ) {
        let answer = try await patience.run(pages: range) { () async throws(DocumentError) in
            try await tools.text.answer(
                [
                    "-bbox-layout", "-cropbox", "-f", String(range.lowerBound), "-l", String(range.upperBound), PDFTools.file,
                    "-",
                ], input3: contents, limits: limits(isAlone, outputByteCount: 64 << 20))
        }
        let layers = TextLayer.read(answer.output.bytes)
        guard layers.count == range.count else {
            throw .programAnswer(program: tools.text.name, reason: "\(layers.count) pages instead of \(range.count)")
        }
        return (layers, answer.message)
    }

    /// Grey renderings of pages.
    func pictures(
        _ range: ClosedRange<Int>, dpi: Double, isAlone: Bool = false
    ) async throws(DocumentError) -> (pictures: [GrayPicture], complaint: String) {
        let answer = try await patience.run(pages: range) { () async throws(DocumentError) in
            try await tools.render.answer(
                [
                    "-cropbox", "-gray", "-r", String(dpi), "-f", String(range.lowerBound), "-l", String(range.upperBound),
                    PDFTools.file,
                ], input3: contents, limits: limits(isAlone, outputByteCount: 256 << 20))
        }
        guard let pictures = GrayPicture.readPGM(answer.output, dpi: dpi), pictures.count == range.count else {
            throw .programAnswer(program: tools.render.name, reason: "not the pictures of \(range.count) pages")
        }
        return (pictures, answer.message)
    }

    private func page(_ number: Int, _ draft: Draft) async throws(DocumentError) -> DocumentPage {
        let size = information.pages[number - 1]
        if let words = draft.layer?.words, !patience.hasRoom(for: words.count) {
            return DocumentPage(
                number: number, width: size.width, height: size.height, source: .none, words: [],
                remarks: draft.remarks + [
                    "the document has more than \(DocumentPatience.wordCount) words; the page was left out"
                ],
                isLost: true)
        }
        var analysis = try PageAnalysis(
            number: number, size: size, words: draft.layer?.words ?? [], picture: draft.picture, remarks: draft.remarks,
            complaint: draft.complaint, isDamaged: draft.isDamaged || !remarks.isEmpty)
        if draft.failure != nil { analysis.hasFailed = true }
        // What cannot be drawn in a small size cannot be drawn in a large one.
        guard let reason = analysis.reasonToRecognize, draft.picture != nil else {
            try await readPictures(&analysis)
            return analysis.page
        }
        let recognition: Recognition
        do {
            let dpi = Self.bounded(Recognizer.dpi, size, pixelCount: Recognizer.pixelCount)
            guard let picture = try await pictures(number...number, dpi: dpi).pictures.first else { return analysis.page }
            recognition = try await patience.run(pages: number...number) { () async throws(DocumentError) in
                try await Recognizer(options).recognize(picture, memory: memory)
            }
        } catch {
            guard error.isOfThePage else { throw error }
            analysis.remarks.append("\(reason.text); it could not be recognised: \(error)")
            analysis.hasFailed = true
            return analysis.page
        }
        return analysis.page(with: recognition, because: reason)
    }
}

extension DocumentError {
    /// Whether another page of the same document may go well.
    var isOfThePage: Bool {
        switch self {
        case .programTimedOut, .programOverLimit, .programCrashed, .programFailed, .programAnswer, .outOfMemory, .givenUp: true
        default: false
        }
    }
}
