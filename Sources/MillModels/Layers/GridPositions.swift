/// Rows of a picture that lie side by side and one above the other, line by line.
package struct TokenGrid: Sendable, Hashable {
    package let rows: Int
    package let columns: Int

    package init(rows: Int, columns: Int) { (self.rows, self.columns) = (rows, columns) }

    package var count: Int { rows * columns }
    /// Positions that the picture takes.
    var extent: Int { max(rows, columns) }
}

/// The positions of a sequence with pictures in grids (M-RoPE, arXiv:2409.12191): a picture's rows share one position in time, and
/// have their line and column as positions on two more axes; text goes on after the greatest of these.
struct GridPositions {
    private var grids: [(at: Int, start: Int, grid: TokenGrid)] = []

    /// Adds pictures whose first rows are at these places of the sequence; known ones stay.
    mutating func add(_ more: [(at: Int, grid: TokenGrid)]) {
        for (at, grid) in more where at >= max(0, grids.last.map { $0.at + $0.grid.count } ?? 0) {
            grids.append((at, position(ofText: at), grid))
        }
    }

    /// Forgets pictures that do not end before a place.
    mutating func truncate(to place: Int) {
        while let last = grids.last, last.at + last.grid.count > place { grids.removeLast() }
    }

    /// The positions of places, and by axis (time, line, column) if there are rows of pictures among them.
    func positions(_ places: Range<Int>) -> (positions: [Int32], axes: [[Int32]]?) {
        guard let last = grids.last else { return (places.map { Int32($0) }, nil) }
        guard places.lowerBound < last.at + last.grid.count else {
            let shift = last.start + last.grid.extent - last.at - last.grid.count
            return (places.map { Int32($0 + shift) }, nil)
        }
        var axes = [[Int32]](repeating: [], count: 3)
        for place in places {
            let position: [Int]
            if let (at, start, grid) = grids.last(where: { $0.at <= place }), place < at + grid.count {
                let (row, column) = ((place - at) / grid.columns, (place - at) % grid.columns)
                position = [start, start + row, start + column]
            } else {
                position = Array(repeating: self.position(ofText: place), count: 3)
            }
            for axis in 0..<3 { axes[axis].append(Int32(position[axis])) }
        }
        return (axes[0], axes)
    }

    /// Of a place behind whatever picture comes before it.
    private func position(ofText place: Int) -> Int {
        guard let (at, start, grid) = grids.last(where: { $0.at + $0.grid.count <= place }) else { return place }
        return start + grid.extent + place - at - grid.count
    }
}
