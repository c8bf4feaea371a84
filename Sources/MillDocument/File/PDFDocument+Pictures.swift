extension PDFDocument {
    /// Reads what stands in the large pictures of a page of text: tables are often pasted so. A picture that was no text is not
    /// tried again where it stands on later pages.
    ///
    /// - Throws: ``DocumentError/cancelled``; what else fails is a remark of the page.
    func readPictures(_ analysis: inout PageAnalysis) async throws(DocumentError) {
        var boxes = analysis.unreadPictures
        guard !boxes.isEmpty else { return }
        let (number, size) = (analysis.number, analysis.size)
        do throws(DocumentError) {
            let dpi = Self.bounded(Recognizer.dpi, size, pixelCount: Recognizer.pixelCount)
            guard let picture = try await pictures(number...number, dpi: dpi).pictures.first else { return }
            boxes = boxes.filter {
                !picture.isPhoto(in: $0) && !memory.isDecoration(RecognitionMemory.Decoration($0, of: picture))
            }
            guard !boxes.isEmpty else { return }
            let shown = try picture.showing(boxes.map { $0.scaled(by: 1 / picture.scale) })
            let recognition = try await patience.run(pages: number...number) { () async throws(DocumentError) in
                try await Recognizer(options).recognize(shown, memory: RecognitionMemory())
            }
            if !analysis.add(recognition, in: boxes) {
                memory.remember(boxes.map { RecognitionMemory.Decoration($0, of: picture) })
            }
        } catch {
            if error == .cancelled { throw error }
            analysis.tellUnread("a picture on the page was not read: \(error)")
        }
    }
}
