/// Takes lines out of a picture before its text is recognised, so that cells of tables are not lost in their frames. Strokes of
/// letters that touch a line stay.
struct RulingEraser {
    /// Darker pixels are ink.
    var threshold: UInt8

    /// - Parameters:
    ///   - rulings: in points.
    ///   - picture: not yet handed on.
    func erase(_ rulings: [DocumentPage.Ruling], in picture: GrayPicture) {
        let scale = picture.dpi / 72
        // Lines were found with fewer pixels, whose edges may lie a pixel off.
        let margin = max(Int(scale), 2)
        picture.withMutablePixels { pixels in
            for ruling in rulings {
                let (left, right) = (Int(ruling.box.left * scale), Int((ruling.box.right * scale).rounded(.up)))
                let (top, bottom) = (Int(ruling.box.top * scale), Int((ruling.box.bottom * scale).rounded(.up)))
                if ruling.isHorizontal {
                    erase(
                        pixels, along: max(left - margin, 0)..<min(right + margin, picture.width), step: 1,
                        across: top - margin..<bottom + margin, acrossStep: picture.width, limit: picture.height)
                } else {
                    erase(
                        pixels, along: max(top - margin, 0)..<min(bottom + margin, picture.height), step: picture.width,
                        across: left - margin..<right + margin, acrossStep: 1, limit: picture.width)
                }
            }
        }
    }

    /// Whitens the runs across a line that lie wholly within its band.
    private func erase(
        _ pixels: UnsafeMutableBufferPointer<UInt8>, along: Range<Int>, step: Int, across: Range<Int>, acrossStep: Int, limit: Int
    ) {
        let band = max(across.lowerBound, 0)..<min(across.upperBound, limit)
        guard !along.isEmpty, !band.isEmpty else { return }
        for position in along {
            let start = position * step
            func isInk(_ place: Int) -> Bool {
                (0..<limit).contains(place) && pixels[start + place * acrossStep] < threshold
            }
            // A stroke that goes on beyond the band on both sides or far beyond one is a letter's.
            let reachesUp = (1...4).allSatisfy { isInk(band.lowerBound - $0) }
            let reachesDown = (0...3).allSatisfy { isInk(band.upperBound + $0) }
            guard !reachesUp, !reachesDown else { continue }
            for place in band { pixels[start + place * acrossStep] = 255 }
        }
    }
}
