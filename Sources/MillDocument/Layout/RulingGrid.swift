/// Lines that are drawn on a page and cross one another: the frame of a table.
struct RulingGrid {
    /// Where its columns and rows are bounded, in points, ascending.
    let columnEdges: [Double]
    let rowEdges: [Double]
    let box: PageBox
    private let horizontal: [PageBox]
    private let vertical: [PageBox]

    static let tolerance = 3.0

    /// The grids of a page with at least two cells.
    static func grids(_ rulings: [DocumentPage.Ruling]) -> [RulingGrid] {
        let horizontal = joined(rulings.filter { $0.isHorizontal && $0.box.width > 6 }.map(\.box), isHorizontal: true)
        let vertical = joined(rulings.filter { !$0.isHorizontal && $0.box.height > 4 }.map(\.box), isHorizontal: false)
        guard horizontal.count >= 2, vertical.count >= 2 else { return [] }
        var group = Array(0..<horizontal.count + vertical.count)
        func root(_ index: Int) -> Int {
            var index = index
            while group[index] != index {
                group[index] = group[group[index]]
                index = group[index]
            }
            return index
        }
        for (index, line) in vertical.enumerated() {
            for (other, cross) in horizontal.enumerated()
            where cross.left <= line.right + tolerance && cross.right >= line.left - tolerance
                && line.top <= cross.bottom + tolerance && line.bottom >= cross.top - tolerance
            {
                group[root(horizontal.count + index)] = root(other)
            }
        }
        var members: [Int: (horizontal: [PageBox], vertical: [PageBox])] = [:]
        for (index, line) in horizontal.enumerated() { members[root(index), default: ([], [])].horizontal.append(line) }
        for (index, line) in vertical.enumerated() {
            members[root(horizontal.count + index), default: ([], [])].vertical.append(line)
        }
        return members.values.compactMap { RulingGrid(horizontal: $0.horizontal, vertical: $0.vertical) }
            .sorted { ($0.box.top, $0.box.left) < ($1.box.top, $1.box.left) }
    }

    private init?(horizontal: [PageBox], vertical: [PageBox]) {
        guard horizontal.count >= 2, vertical.count >= 2 else { return nil }
        // An outer line may be missing; the lines across tell where it would be.
        let (horizontal, vertical) = (
            horizontal + Self.ends(vertical, isHorizontal: false, beyond: horizontal),
            vertical + Self.ends(horizontal, isHorizontal: true, beyond: vertical)
        )
        columnEdges = Self.edges(vertical.map(\.middleX))
        rowEdges = Self.edges(horizontal.map(\.middleY))
        guard columnEdges.count >= 2, rowEdges.count >= 2, columnEdges.count <= 61,
            (columnEdges.count - 1) * (rowEdges.count - 1) <= 20_000
        else { return nil }
        self.horizontal = horizontal
        self.vertical = vertical
        box = PageBox(
            left: columnEdges[0], top: rowEdges[0], right: columnEdges[columnEdges.count - 1],
            bottom: rowEdges[rowEdges.count - 1])
    }

    /// Lines across the ends of lines, where those reach further than the ones that are there.
    private static func ends(_ lines: [PageBox], isHorizontal: Bool, beyond others: [PageBox]) -> [PageBox] {
        func middle(_ positions: [Double]) -> Double { positions.sorted()[positions.count / 2] }
        let start = middle(lines.map { isHorizontal ? $0.left : $0.top })
        let end = middle(lines.map { isHorizontal ? $0.right : $0.bottom })
        let positions = others.map { isHorizontal ? $0.middleX : $0.middleY }
        let box = lines.dropFirst().reduce(lines[0]) { $0.union($1) }
        func line(_ position: Double) -> PageBox {
            isHorizontal
                ? PageBox(left: position, top: box.top, right: position, bottom: box.bottom)
                : PageBox(left: box.left, top: position, right: box.right, bottom: position)
        }
        guard let first = positions.min(), let last = positions.max(), lines.count >= 3 else { return [] }
        return (start < first - 12 ? [line(start)] : []) + (end > last + 12 ? [line(end)] : [])
    }

    /// Positions of lines that are closer together than lines of a table are, as one.
    private static func edges(_ positions: [Double]) -> [Double] {
        var edges: [Double] = []
        for position in positions.sorted() {
            if let last = edges.last, position - last < 4 { continue }
            edges.append(position)
        }
        return edges
    }

    /// Pieces of one line become one; at most 1,000 lines remain, the longest.
    static func joined(_ boxes: [PageBox], isHorizontal: Bool) -> [PageBox] {
        func key(_ box: PageBox) -> (Double, Double) {
            isHorizontal ? ((box.middleY / 2).rounded(), box.left) : ((box.middleX / 2).rounded(), box.top)
        }
        var result: [PageBox] = []
        for box in boxes.sorted(by: { key($0) < key($1) }) {
            if let last = result.last, key(last).0 == key(box).0,
                isHorizontal ? box.left <= last.right + tolerance : box.top <= last.bottom + tolerance
            {
                result[result.count - 1] = last.union(box)
            } else {
                result.append(box)
            }
        }
        guard result.count > 1_000 else { return result }
        return Array(result.sorted { max($0.width, $0.height) > max($1.width, $1.height) }.prefix(1_000))
    }

    /// Where drawn lines leave rectangles, as ranges of rows and columns; each cell of the grid is in one of them.
    func cells() -> [(rows: Range<Int>, columns: Range<Int>)] {
        let columnCount = columnEdges.count - 1
        let rowCount = rowEdges.count - 1
        let hasRight = edgeTable(vertical, across: columnEdges, along: rowEdges, isHorizontal: false)
        let hasBelow = edgeTable(horizontal, across: rowEdges, along: columnEdges, isHorizontal: true)
        var taken = [Bool](repeating: false, count: rowCount * columnCount)
        var result: [(Range<Int>, Range<Int>)] = []
        for row in 0..<rowCount {
            for column in 0..<columnCount where !taken[row * columnCount + column] {
                var right = column + 1
                while right < columnCount, !hasRight[right][row], !taken[row * columnCount + right] { right += 1 }
                var bottom = row + 1
                while bottom < rowCount,
                    (column..<right).allSatisfy({ !hasBelow[bottom][$0] && !taken[bottom * columnCount + $0] })
                {
                    bottom += 1
                }
                for y in row..<bottom {
                    for x in column..<right { taken[y * columnCount + x] = true }
                }
                result.append((row..<bottom, column..<right))
            }
        }
        return result
    }

    /// For each edge, whether a line is drawn on it along each cell.
    private func edgeTable(_ lines: [PageBox], across: [Double], along: [Double], isHorizontal: Bool) -> [[Bool]] {
        var table = [[Bool]](repeating: [Bool](repeating: false, count: along.count - 1), count: across.count)
        for line in lines {
            let position = isHorizontal ? line.middleY : line.middleX
            let (start, end) = isHorizontal ? (line.left, line.right) : (line.top, line.bottom)
            guard let edge = across.indices.min(by: { abs(across[$0] - position) < abs(across[$1] - position) }) else { continue }
            for cell in 0..<along.count - 1 {
                let common = min(end, along[cell + 1]) - max(start, along[cell])
                if common > 0.6 * (along[cell + 1] - along[cell]) { table[edge][cell] = true }
            }
        }
        return table
    }
}
