extension PageInk {
    /// Where ink as high as type lies that no word and no line explains, in points; nothing where it is too much to be text that
    /// was overlooked.
    ///
    /// - Parameters:
    ///   - threshold: darker pixels are ink.
    package func unread(words: [PageWord], rulings: [DocumentPage.Ruling], threshold: UInt8) -> [PageBox] {
        var state = darkest.map { $0 < threshold }
        for word in words {
            var box = word.box
            if word.text.unicodeScalars.contains(where: \.isFullWidth) {
                // Recognition has them narrower than they are.
                box.left -= 0.6 * box.height
                box.right += 0.6 * box.height
            }
            clear(box, margin: 2, in: &state)
        }
        for ruling in rulings { clear(ruling.box, margin: 2, in: &state) }
        let regions = regions(&state)
        let high = regions.filter { $0.height > Self.greatestType }
        let margin = 12.0
        let (width, height) = (Double(picture.width) * picture.scale, Double(picture.height) * picture.scale)
        let found = regions.filter { box in
            box.height >= Self.leastType && box.height <= Self.greatestType && box.width >= Self.leastType
                && box.width < 60 * box.height
                // Shadows of the edges of the sheet.
                && box.left > margin && box.top > margin && box.right < width - margin && box.bottom < height - margin
                && !high.contains { $0.intersection(box) != nil }
        }
        return found.count <= Self.mostRegions ? found : []
    }

    /// The height of lines of text, in points.
    private static let leastType = 5.0
    private static let greatestType = 36.0
    /// More than that is dirt or a drawing.
    private static let mostRegions = 120
}
