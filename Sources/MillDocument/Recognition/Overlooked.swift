/// Words that the first reading of a page overlooked: titles far from other text, narrow columns of figures.
struct Overlooked: Sendable {
    let tesseract: Tesseract
    let languages: [String]

    /// What is less certain is dirt, or part of a drawing.
    private static let leastConfidence = 0.6

    /// Reads ink in some boxes that has no words.
    ///
    /// - Parameters:
    ///   - words: of the first reading; boxes in pixels.
    ///   - boxes: of the ink, in pixels.
    /// - Returns: the words of both readings.
    /// - Throws: ``DocumentError``.
    func added(to words: [PageWord], in picture: GrayPicture, at boxes: [PageBox]) async throws(DocumentError) -> [PageWord] {
        guard !boxes.isEmpty else { return words }
        let second = try await tesseract.words(PictureExcerpt(of: picture, showing: boxes), languages: languages)
        let line = (words.map(\.line).max() ?? -1) + 1
        return words
            + second.filter { word in
                word.confidence >= Self.leastConfidence
                    && word.text.unicodeScalars.contains { $0.properties.isAlphabetic || $0.properties.numericType != nil }
                    && !words.contains { ($0.box.intersection(word.box)?.area ?? 0) > 0.3 * min($0.box.area, word.box.area) }
            }.map { PageWord(text: $0.text, box: $0.box, confidence: $0.confidence, line: line + $0.line) }
    }
}
