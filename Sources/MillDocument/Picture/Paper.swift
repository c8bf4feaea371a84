/// The ground of a scanned page: how light it is, how even, and pictures with an even white one.
package struct Paper: Sendable {
    /// The middle grey of the squares' paper.
    package let level: UInt8
    /// Between the paper and the ink.
    package let threshold: UInt8
    /// Whether light or paper vary over the page.
    package let isUneven: Bool

    private static let side = 32
    private let columns: Int
    private let rows: Int
    /// Of each square.
    private let levels: [UInt8]

    /// - Parameter picture: of some 100 pixels per inch.
    package init(_ picture: GrayPicture) {
        let side = Self.side
        let columns = (picture.width + side - 1) / side
        let rows = (picture.height + side - 1) / side
        var levels = [UInt8](repeating: 255, count: columns * rows)
        var all = [Int](repeating: 0, count: 256)
        picture.withPixels { pixels in
            var counts = [Int](repeating: 0, count: 256)
            for row in 0..<rows {
                for column in 0..<columns {
                    for index in counts.indices { counts[index] = 0 }
                    var count = 0
                    for y in row * side..<min((row + 1) * side, picture.height) {
                        for x in column * side..<min((column + 1) * side, picture.width) {
                            let value = Int(pixels[y * picture.width + x])
                            counts[value] += 1
                            all[value] += 1
                            count += 1
                        }
                    }
                    // Paper is most of a square, and the lighter part of it.
                    levels[row * columns + column] = Self.percentile(counts, count: count, share: 0.75)
                }
            }
        }
        let sorted = levels.sorted()
        let level = sorted[sorted.count * 6 / 10]
        // Squares within pictures and fills are no paper.
        let darkest = UInt8(Double(level) * 0.4)
        self.levels = Self.smoothed(levels.map { $0 < darkest ? level : $0 }, columns: columns, rows: rows)
        self.columns = columns
        self.rows = rows
        self.level = level
        isUneven = Double(sorted[sorted.count / 10]) < 0.9 * Double(sorted[sorted.count * 9 / 10])
        let count = picture.width * picture.height
        // On a page of a few words less than a hundredth is ink.
        let shares = [0.01, 0.0002].map { Self.percentile(all, count: count, share: $0) }
        let ink = shares.first { Double($0) < Self.pale * Double(level) } ?? shares[0]
        threshold = UInt8((Int(level) * 6 + Int(min(ink, level)) * 4) / 10)
    }

    /// What is lighter, as a share of the paper's grey, is not what a page's text is printed in.
    private static let pale = 0.7

    private static func percentile(_ counts: [Int], count: Int, share: Double) -> UInt8 {
        var rest = Int(Double(count) * share)
        for (value, number) in counts.enumerated() {
            rest -= number
            if rest < 0 { return UInt8(value) }
        }
        return 255
    }

    /// The median of each square and those around it.
    private static func smoothed(_ levels: [UInt8], columns: Int, rows: Int) -> [UInt8] {
        var result = levels
        for row in 0..<rows {
            for column in 0..<columns {
                var around: [UInt8] = []
                for y in max(row - 1, 0)...min(row + 1, rows - 1) {
                    for x in max(column - 1, 0)...min(column + 1, columns - 1) { around.append(levels[y * columns + x]) }
                }
                result[row * columns + column] = around.sorted()[around.count / 2]
            }
        }
        return result
    }

    /// The picture on white paper.
    ///
    /// - Parameters:
    ///   - picture: the one that this was made from, or one with `factor` times its pixels per inch.
    package func whitened(_ picture: GrayPicture, factor: Int) throws(DocumentError) -> GrayPicture {
        let result = try GrayPicture(width: picture.width, height: picture.height, dpi: picture.dpi)
        let side = Self.side * factor
        picture.withPixels { source in
            result.withMutablePixels { target in
                var factors = [Int32](repeating: 0, count: picture.width)
                for y in 0..<picture.height {
                    // Between the middles of squares, in steps of some rows.
                    if y % 8 == 0 {
                        for x in 0..<picture.width {
                            factors[x] = Int32(255 * 256 / max(level(x: x, y: y, side: side), 1))
                        }
                    }
                    for x in 0..<picture.width {
                        let index = y * picture.width + x
                        target[index] = UInt8(min((Int32(source[index]) * factors[x]) >> 8, 255))
                    }
                }
            }
        }
        return result
    }

    /// The paper's grey at a pixel.
    private func level(x: Int, y: Int, side: Int) -> Int {
        let across = min(max(x - side / 2, 0), (columns - 1) * side)
        let down = min(max(y - side / 2, 0), (rows - 1) * side)
        let (column, row) = (min(across / side, columns - 1), min(down / side, rows - 1))
        let (nextColumn, nextRow) = (min(column + 1, columns - 1), min(row + 1, rows - 1))
        let (partX, partY) = (across - column * side, down - row * side)
        func at(_ row: Int, _ column: Int) -> Int { Int(levels[row * columns + column]) }
        let upper = at(row, column) * (side - partX) + at(row, nextColumn) * partX
        let lower = at(nextRow, column) * (side - partX) + at(nextRow, nextColumn) * partX
        return (upper * (side - partY) + lower * partY) / (side * side)
    }
}
