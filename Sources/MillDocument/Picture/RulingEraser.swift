/// Takes lines out of a picture before its text is recognised, so that cells of tables are not lost in their frames. Strokes of
/// letters that touch a line stay.
package struct RulingEraser {
    /// Darker pixels are ink.
    package var threshold: UInt8

    package init(threshold: UInt8) { self.threshold = threshold }

    /// - Parameters:
    ///   - rulings: in points.
    ///   - picture: not yet handed on.
    package func erase(_ rulings: [DocumentPage.Ruling], in picture: GrayPicture) {
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

    /// Whitens the pixels across a line, out to where they are light or get darker again.
    private func erase(
        _ pixels: UnsafeMutableBufferPointer<UInt8>, along: Range<Int>, step: Int, across: Range<Int>, acrossStep: Int, limit: Int
    ) {
        let band = max(across.lowerBound, 0)..<min(across.upperBound, limit)
        guard !along.isEmpty, !band.isEmpty else { return }
        let middle = (band.lowerBound + band.upperBound) / 2
        for position in along {
            let start = position * step
            func value(_ place: Int) -> Int { Int(pixels[start + place * acrossStep]) }
            // The darkest pixel; of equals the one in the middle.
            var core = middle
            for place in band where value(place) < value(core) { core = place }
            guard value(core) < Int(threshold) else { continue }
            var (first, last) = (core, core)
            while first > band.lowerBound, value(first - 1) < Self.light, value(first - 1) >= value(first) - Self.noise {
                first -= 1
            }
            while last < band.upperBound - 1, value(last + 1) < Self.light, value(last + 1) >= value(last) - Self.noise {
                last += 1
            }
            // A stroke that goes on beyond the band is a letter's.
            if first > 0, first == band.lowerBound, value(first - 1) < Int(threshold), value(first) < Int(threshold) { continue }
            if last < limit - 1, last == band.upperBound - 1, value(last + 1) < Int(threshold), value(last) < Int(threshold) {
                continue
            }
            for place in first...last { pixels[start + place * acrossStep] = 255 }
        }
    }

    private static let light = 250
    private static let noise = 12
}
