/// What of a page is covered, on a grid of cells of a point or more, for questions in constant time.
struct WhitespaceMap: Sendable {
    /// Points a cell.
    let cell: Double
    let columns: Int
    let rows: Int
    /// Covered cells above and to the left; (columns + 1) × (rows + 1).
    private let sums: [Int32]

    init(width: Double, height: Double, boxes: [PageBox]) {
        let cell = max(1, max(width, height) / 1_000)
        let columns = max(1, Int(width / cell) + 1)
        let rows = max(1, Int(height / cell) + 1)
        let stride = columns + 1
        var cover = [Int32](repeating: 0, count: stride * (rows + 1))
        for box in boxes {
            let left = min(max(Int(box.left / cell), 0), columns)
            let right = min(max(Int((box.right / cell).rounded(.up)), left), columns)
            let top = min(max(Int(box.top / cell), 0), rows)
            let bottom = min(max(Int((box.bottom / cell).rounded(.up)), top), rows)
            cover[top * stride + left] += 1
            cover[top * stride + right] -= 1
            cover[bottom * stride + left] -= 1
            cover[bottom * stride + right] += 1
        }
        var sums = [Int32](repeating: 0, count: stride * (rows + 1))
        var depth = [Int32](repeating: 0, count: columns)
        for row in 0..<rows {
            var run: Int32 = 0
            var covered: Int32 = 0
            for column in 0..<columns {
                run += cover[row * stride + column]
                depth[column] += run
                if depth[column] > 0 { covered += 1 }
                sums[(row + 1) * stride + column + 1] = sums[row * stride + column + 1] + covered
            }
        }
        self.cell = cell
        self.columns = columns
        self.rows = rows
        self.sums = sums
    }

    /// The number of covered cells among columns × rows.
    func covered(_ columns: Range<Int>, _ rows: Range<Int>) -> Int {
        let stride = self.columns + 1
        let top = rows.lowerBound * stride
        let bottom = rows.upperBound * stride
        return Int(
            sums[bottom + columns.upperBound] - sums[top + columns.upperBound] - sums[bottom + columns.lowerBound]
                + sums[top + columns.lowerBound])
    }

    func column(_ x: Double) -> Int { min(max(Int(x / cell), 0), columns) }
    func row(_ y: Double) -> Int { min(max(Int(y / cell), 0), rows) }
}
