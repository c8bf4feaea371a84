extension PageGeometry {
    /// Where dark strokes end on a picture: at their lower sides, where the base lines of text are, and at their right sides, where those
    /// are when the page is turned.
    struct Edges {
        private let width: Int
        private let height: Int
        /// By pixel.
        let along: [Bool]
        let across: [Bool]

        init(_ picture: GrayPicture, threshold: UInt8) {
            let (width, height) = (picture.width, picture.height)
            var along = [Bool](repeating: false, count: width * height)
            var across = along
            picture.withPixels { pixels in
                for y in 0..<max(height - 1, 0) {
                    for x in 0..<max(width - 1, 0) where pixels[y * width + x] < threshold {
                        along[y * width + x] = pixels[(y + 1) * width + x] >= threshold
                        across[y * width + x] = pixels[y * width + x + 1] >= threshold
                    }
                }
            }
            (self.width, self.height, self.along, self.across) = (width, height, along, across)
        }

        /// Those of strokes that are not as long as lines are, crooked ones as well.
        ///
        /// - Parameter shortest: in pixels.
        func withoutLines(shortest: Int) -> (along: [Bool], across: [Bool]) {
            (
                Self.short(along, count: height, step: width, length: width, stride: 1, shortest),
                Self.short(across, count: width, step: 1, length: height, stride: width, shortest)
            )
        }

        /// Edges without the chains of at least `shortest` that go from place to place along a row, or down a column, and move
        /// aside by one at most.
        ///
        /// - Parameters:
        ///   - count: rows, or columns, and `step` between them.
        ///   - length: of each, and `stride` between its places.
        private static func short(
            _ edges: [Bool], count: Int, step: Int, length: Int, stride: Int, _ shortest: Int
        ) -> [Bool] {
            var chains = [UInt16](repeating: 0, count: edges.count)
            func longest(_ row: Int, _ place: Int) -> UInt16 {
                let index = row * step + place * stride
                var result = chains[index]
                if row > 0 { result = max(result, chains[index - step]) }
                if row < count - 1 { result = max(result, chains[index + step]) }
                return result
            }
            for place in 0..<length {
                for row in 0..<count where edges[row * step + place * stride] {
                    chains[row * step + place * stride] = place == 0 ? 1 : min(longest(row, place - 1), .max - 1) + 1
                }
            }
            // Each learns how long its chain becomes.
            for place in (0..<max(length - 1, 0)).reversed() {
                for row in 0..<count where edges[row * step + place * stride] {
                    let next = longest(row, place + 1)
                    if next > chains[row * step + place * stride] { chains[row * step + place * stride] = next }
                }
            }
            let limit = UInt16(clamping: shortest)
            return edges.indices.map { edges[$0] && chains[$0] < limit }
        }
    }
}
