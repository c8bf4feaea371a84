extension PDFDocument {
    /// Reads what stands in the large pictures of a page of text: tables are often pasted so. What was no text at a place is not
    /// tried there again on later pages.
    ///
    /// - Throws: ``DocumentError/cancelled``; what else fails is a remark of the page.
    func readPictures(_ analysis: inout PageAnalysis) async throws(DocumentError) {
        let boxes = analysis.unreadPictures.filter { !memory.isDecoration($0) }
        guard !boxes.isEmpty else { return }
        let (number, size) = (analysis.number, analysis.size)
        do throws(DocumentError) {
            let dpi = Self.bounded(Recognizer.dpi, size, pixelCount: Recognizer.pixelCount)
            guard let picture = try await pictures(number...number, dpi: dpi).pictures.first else { return }
            let shown = try picture.showing(boxes.map { $0.scaled(by: 1 / picture.scale) })
            let recognition = try await patience.run(pages: number...number) { () async throws(DocumentError) in
                try await Recognizer(options).recognize(shown, memory: RecognitionMemory())
            }
            if !analysis.add(recognition, in: boxes) { memory.rememberDecorations(boxes) }
        } catch {
            if error == .cancelled { throw error }
            analysis.tellUnread("a picture on the page was not read: \(error)")
        }
    }
}
