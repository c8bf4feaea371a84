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
        let courses = course(pixels, along: along, step: step, band: band, acrossStep: acrossStep)
        for position in along {
            let start = position * step
            func value(_ place: Int) -> Int { Int(pixels[start + place * acrossStep]) }
            let middle = courses[(position - along.lowerBound) / Self.stretch]
            var core = middle
            for place in [middle - 1, middle + 1] where band.contains(place) && value(place) < value(core) { core = place }
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

    /// Where a line lies in each stretch of it: where most often the darkest pixel of its band is.
    private func course(
        _ pixels: UnsafeMutableBufferPointer<UInt8>, along: Range<Int>, step: Int, band: Range<Int>, acrossStep: Int
    ) -> [Int] {
        stride(from: along.lowerBound, to: along.upperBound, by: Self.stretch).map { start in
            var counts = [Int](repeating: 0, count: band.count)
            for position in start..<min(start + Self.stretch, along.upperBound) {
                let darkest = band.min { pixels[position * step + $0 * acrossStep] < pixels[position * step + $1 * acrossStep] }
                if let darkest { counts[darkest - band.lowerBound] += 1 }
            }
            let most = counts.indices.max { counts[$0] < counts[$1] } ?? 0
            return band.lowerBound + most
        }
    }

    /// Pixels along a line in which it does not leave its course.
    private static let stretch = 48
    private static let light = 250
    private static let noise = 12
}
