extension GrayPicture {
    /// Whether a part of a page has the many tones of a photo: what is printed has those of its paper or ground, and of its ink.
    ///
    /// - Parameter box: in points.
    package func isPhoto(in box: PageBox) -> Bool {
        let (columns, rows) = range(of: box.scaled(by: 1 / scale))
        var histogram = [Int](repeating: 0, count: 256)
        withPixels { pixels in
            for y in rows { for x in columns { histogram[Int(pixels[y * width + x])] += 1 } }
        }
        var ground = histogram[..<Self.tones].reduce(0, +)
        var largest = ground
        for tone in Self.tones..<256 {
            ground += histogram[tone] - histogram[tone - Self.tones]
            largest = max(largest, ground)
        }
        return Double(largest) < Self.leastGround * Double(columns.count * rows.count)
    }

    /// Levels of grey that the paper of a scanned page takes.
    private static let tones = 32
    /// The share of a printed table that is not ink is larger.
    private static let leastGround = 0.3
}
