/// What is drawn on a page besides its words: where pictures are, and whether words can be seen.
package struct PageInk {
    /// The side of a cell in pixels.
    static let cell = 4
    /// A cell's pixels differ by at least so much where something is drawn, of 255.
    private static let texture = 20
    /// How far from the paper's grey a cell's pixels are where something is filled.
    private static let fill = 12

    let picture: GrayPicture
    let columns: Int
    let rows: Int
    private(set) var darkest: [UInt8]
    private var lightest: [UInt8]
    /// The grey of most of the page.
    let paper: UInt8

    package init(_ picture: GrayPicture) {
        self.picture = picture
        let cell = Self.cell
        columns = (picture.width + cell - 1) / cell
        rows = (picture.height + cell - 1) / cell
        var darkest = [UInt8](repeating: 255, count: columns * rows)
        var lightest = [UInt8](repeating: 0, count: columns * rows)
        var histogram = [Int](repeating: 0, count: 256)
        let columns = columns
        picture.withPixels { pixels in
            for y in 0..<picture.height {
                let row = y / cell * columns
                for x in 0..<picture.width {
                    let value = pixels[y * picture.width + x]
                    histogram[Int(value)] += 1
                    let index = row + x / cell
                    if value < darkest[index] { darkest[index] = value }
                    if value > lightest[index] { lightest[index] = value }
                }
            }
        }
        self.darkest = darkest
        self.lightest = lightest
        paper = UInt8(histogram.indices.max { histogram[$0] < histogram[$1] } ?? 255)
    }

    /// How much the pixels in a box differ, of 255: nothing where nothing can be seen.
    package func contrast(in box: PageBox) -> Int {
        let area = pixels(of: box)
        guard !area.columns.isEmpty, !area.rows.isEmpty else { return 0 }
        return picture.withPixels { pixels in
            var low: UInt8 = 255
            var high: UInt8 = 0
            for y in area.rows {
                for x in area.columns {
                    let value = pixels[y * picture.width + x]
                    low = min(low, value)
                    high = max(high, value)
                }
            }
            return Int(high) - Int(low)
        }
    }

    /// Where pictures and charts are, in points, and the share of the page's area in which something is drawn that is neither a
    /// word nor a line.
    ///
    /// - Parameters:
    ///   - distance: parts of a picture are less far apart, in points.
    ///   - least: the width and the height of a picture, in points.
    package func pictures(
        words: [PageWord], rulings: [DocumentPage.Ruling], distance: Double = 12, least: Double = 36
    ) -> (boxes: [PageBox], share: Double) {
        var state = [Bool](repeating: false, count: columns * rows)
        for index in state.indices {
            let isTextured = Int(lightest[index]) - Int(darkest[index]) >= Self.texture
            let isFilled =
                abs(Int(darkest[index]) - Int(paper)) >= Self.fill && abs(Int(lightest[index]) - Int(paper)) >= Self.fill
            // Pale fills are the ground of table rows and boxes of text.
            state[index] = isTextured || isFilled && lightest[index] < 200
        }
        for word in words { clear(word.box, margin: 1.5, in: &state) }
        for ruling in rulings { clear(ruling.box, margin: 1, in: &state) }
        let share = Double(state.count { $0 }) / Double(max(state.count, 1))
        // Bars and labels of a chart come together before small things are left out.
        let boxes = merged(regions(&state).filter { max($0.width, $0.height) >= 8 }, distance)
        return (boxes.filter { $0.width >= least && $0.height >= least && !Self.isText($0, words) }, share)
    }

    /// Whether words fill a box as they fill the dark head of a table.
    private static func isText(_ box: PageBox, _ words: [PageWord]) -> Bool {
        let covered = words.reduce(0.0) { $0 + ($1.box.intersection(box)?.area ?? 0) }
        return covered > 0.25 * box.area
    }

    /// - Parameter box: in points.
    private func pixels(of box: PageBox) -> (columns: Range<Int>, rows: Range<Int>) {
        picture.range(of: box.scaled(by: 1 / picture.scale))
    }

    func clear(_ box: PageBox, margin: Double, in state: inout [Bool]) {
        let area = pixels(
            of: PageBox(
                left: box.left - margin, top: box.top - margin, right: box.right + margin, bottom: box.bottom + margin))
        guard !area.columns.isEmpty, !area.rows.isEmpty else { return }
        let cell = Self.cell
        for row in area.rows.lowerBound / cell...(area.rows.upperBound - 1) / cell {
            for column in area.columns.lowerBound / cell...(area.columns.upperBound - 1) / cell {
                state[row * columns + column] = false
            }
        }
    }

    /// The boxes of groups of cells that lie within two cells of each other.
    func regions(_ state: inout [Bool]) -> [PageBox] {
        var boxes: [PageBox] = []
        let side = Double(Self.cell) * picture.scale
        var waiting: [Int] = []
        for start in state.indices where state[start] {
            state[start] = false
            waiting.append(start)
            var (left, right, top, bottom) = (columns, 0, rows, 0)
            while let index = waiting.popLast() {
                let (x, y) = (index % columns, index / columns)
                (left, right, top, bottom) = (min(left, x), max(right, x), min(top, y), max(bottom, y))
                for row in max(y - 2, 0)...min(y + 2, rows - 1) {
                    for column in max(x - 2, 0)...min(x + 2, columns - 1) where state[row * columns + column] {
                        state[row * columns + column] = false
                        waiting.append(row * columns + column)
                    }
                }
            }
            boxes.append(
                PageBox(
                    left: Double(left) * side, top: Double(top) * side, right: Double(right + 1) * side,
                    bottom: Double(bottom + 1) * side))
        }
        return boxes
    }

    private func merged(_ boxes: [PageBox], _ distance: Double) -> [PageBox] {
        var result = boxes
        var isChanged = result.count < 500
        while isChanged {
            isChanged = false
            for first in result.indices.reversed() {
                guard let other = result[..<first].firstIndex(where: { $0.isWithin(distance, of: result[first]) }) else {
                    continue
                }
                result[other] = result[other].union(result[first])
                result.remove(at: first)
                isChanged = true
            }
        }
        return result.sorted { ($0.top, $0.left) < ($1.top, $1.left) }
    }
}

extension PageBox {
    /// Whether two boxes are less than a distance apart, in points.
    fileprivate func isWithin(_ distance: Double, of other: PageBox) -> Bool {
        left - distance < other.right && other.left - distance < right && top - distance < other.bottom
            && other.top - distance < bottom
    }

    func contains(_ other: PageBox) -> Bool {
        left <= other.left && top <= other.top && right >= other.right && bottom >= other.bottom
    }
}
