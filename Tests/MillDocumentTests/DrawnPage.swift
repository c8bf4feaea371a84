import MillDocument

/// A page that is put together from lines of text, for looking at what the layout makes of it.
struct DrawnPage {
    var number = 1
    var width = 595.0
    var height = 842.0
    var words: [PageWord] = []
    var rulings: [DocumentPage.Ruling] = []
    private var line = 0

    init(number: Int = 1) { self.number = number }

    /// How wide a text is: Latin letters half of the size, full-width characters all of it.
    static func width(_ text: String, _ size: Double) -> Double {
        text.unicodeScalars.reduce(0) { $0 + ((0x2E80...0xFFEF).contains($1.value) ? size : 0.5 * size) }
    }

    /// Writes a line from the left edge, or to the right edge if that is given.
    mutating func write(_ text: String, _ x: Double, _ y: Double, size: Double = 10, toRight: Bool = false) {
        var left = toRight ? x - Self.width(text, size) : x
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            let width = Self.width(String(word), size)
            if !word.isEmpty {
                let box = PageBox(left: left, top: y, right: left + width, bottom: y + 1.16 * size)
                words.append(PageWord(text: String(word), box: box, line: line))
            }
            left += width + 0.28 * size
        }
        line += 1
    }

    /// Writes lines below one another.
    mutating func write(_ lines: [String], _ x: Double, _ y: Double, size: Double = 10, leading: Double = 14) {
        for (index, line) in lines.enumerated() { write(line, x, y + Double(index) * leading, size: size) }
    }

    /// Writes rows: the first cell from the left edge, the others to the right edges.
    mutating func write(_ rows: [[String]], _ x: Double, _ rights: [Double], _ y: Double, size: Double = 9, leading: Double = 13)
    {
        for (index, row) in rows.enumerated() {
            for (column, cell) in row.enumerated() where !cell.isEmpty {
                let top = y + Double(index) * leading
                if column == 0 {
                    write(cell, x, top, size: size)
                } else {
                    write(cell, rights[column - 1], top, size: size, toRight: true)
                }
            }
        }
    }

    mutating func rule(_ left: Double, _ right: Double, _ y: Double) {
        rulings.append(DocumentPage.Ruling(box: PageBox(left: left, top: y, right: right, bottom: y + 0.5)))
    }

    mutating func rule(x: Double, _ top: Double, _ bottom: Double) {
        rulings.append(DocumentPage.Ruling(box: PageBox(left: x, top: top, right: x + 0.5, bottom: bottom)))
    }

    var page: DocumentPage {
        DocumentPage(number: number, width: width, height: height, source: .text, words: words, rulings: rulings)
    }

    /// The page as it is when it was put into the scanner the wrong way.
    func page(turned turn: Int) -> DocumentPage {
        func turned(_ box: PageBox) -> PageBox {
            switch turn {
            case 90: PageBox(left: height - box.bottom, top: box.left, right: height - box.top, bottom: box.right)
            case 180:
                PageBox(left: width - box.right, top: height - box.bottom, right: width - box.left, bottom: height - box.top)
            case 270: PageBox(left: box.top, top: width - box.right, right: box.bottom, bottom: width - box.left)
            default: box
            }
        }
        let isAcross = turn == 90 || turn == 270
        return DocumentPage(
            number: number, width: isAcross ? height : width, height: isAcross ? width : height, source: .text,
            words: words.map { PageWord(text: $0.text, box: turned($0.box), confidence: $0.confidence, line: $0.line) },
            rulings: rulings.map { DocumentPage.Ruling(box: turned($0.box)) }, turn: turn)
    }
}

extension StructuredDocument {
    /// The kind of each item and what it says.
    var outline: [String] { items.map { "\($0.kind): \($0.text.text)" } }

    var tables: [DocumentTable] { items.compactMap(\.table) }
}

extension DocumentTable {
    /// Its rows; empty cells and those that a cell over several columns takes up are empty.
    var rows: [[String]] {
        var rows = [[String]](repeating: [String](repeating: "", count: columnCount), count: rowCount)
        for cell in cells { rows[cell.row][cell.column] = cell.text.text }
        return rows
    }
}
