extension GrayPicture {
    /// Whether a part of a page has the many tones of a photo: what is printed has those of its paper or ground, and of its ink. Where
    /// the light on it changes from place to place, that holds for small squares of it.
    ///
    /// - Parameter box: in points.
    package func isPhoto(in box: PageBox) -> Bool {
        let (columns, rows) = range(of: box.scaled(by: 1 / scale))
        guard tones(of: columns, rows).groundShare < Self.leastGround else { return false }
        let side = max(Int(dpi * Self.side), 1)
        var (squares, printed, blank) = (0, 0, 0)
        for top in stride(from: rows.lowerBound, to: rows.upperBound, by: side) {
            for left in stride(from: columns.lowerBound, to: columns.upperBound, by: side) {
                let tones = tones(of: left..<min(left + side, columns.upperBound), top..<min(top + side, rows.upperBound))
                squares += 1
                if tones.groundShare > 1 - Self.leastInk {
                    blank += 1
                } else if tones.groundShare >= Self.leastGround, tones.inkShare >= Self.leastInk {
                    printed += 1
                }
            }
        }
        return 5 * printed < squares || 2 * printed < squares - blank
    }

    /// The share of the pixels whose greys lie closest together, and of those that are much darker.
    private func tones(of columns: Range<Int>, _ rows: Range<Int>) -> (groundShare: Double, inkShare: Double) {
        var histogram = [Int](repeating: 0, count: 256)
        withPixels { pixels in
            for y in rows { for x in columns { histogram[Int(pixels[y * width + x])] += 1 } }
        }
        var ground = histogram[..<Self.tones].reduce(0, +)
        var (largest, first) = (ground, 0)
        for tone in Self.tones..<256 {
            ground += histogram[tone] - histogram[tone - Self.tones]
            if ground > largest { (largest, first) = (ground, tone - Self.tones + 1) }
        }
        let ink = histogram[..<max(first - Self.contrast, 0)].reduce(0, +)
        let count = Double(max(columns.count * rows.count, 1))
        return (columns.isEmpty || rows.isEmpty ? 1 : Double(largest) / count, Double(ink) / count)
    }

    /// Inches of a square.
    private static let side = 0.5
    /// Levels of grey that the paper of a scanned page takes.
    private static let tones = 32
    /// The share of a printed table that is not ink is larger.
    private static let leastGround = 0.3
    /// Levels between the ground's darkest and ink, and the share of ink in a square with text.
    private static let contrast = 32
    private static let leastInk = 0.02
}
