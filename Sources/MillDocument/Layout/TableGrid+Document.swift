extension TableGrid {
    /// Whether a table at the beginning of the next page is the rest of this one.
    ///
    /// - Parameters:
    ///   - isSaid: whether the text above it says so.
    ///   - isAcross: whether this one ends low on its page and the other begins high.
    func goesOn(in next: TableGrid, isSaid: Bool, isAcross: Bool) -> Bool {
        guard next.columnCount == columnCount else { return false }
        if isSaid || next.caption.contains(where: { CaptionPattern.isContinued($0.plainText) }) { return true }
        let isNamedAnew = next.caption.contains { CaptionPattern.isCaption($0.plainText) }
        if isNamedAnew { return false }
        if next.headerRowCount == 0 { return next.caption.isEmpty && hasColumnsLike(next) }
        if headerTexts == next.headerTexts { return true }
        return isAcross && next.caption.isEmpty && next.headerRowCount == 1 && headerRowCount <= 1 && hasColumnsAt(next)
    }

    private func hasColumnsLike(_ next: TableGrid) -> Bool {
        zip(columnRanges, next.columnRanges).dropFirst().allSatisfy { range, other in
            min(range.upperBound, other.upperBound) > max(range.lowerBound, other.lowerBound)
                || abs(range.upperBound - other.upperBound) < 12
        }
    }

    /// Whether the columns begin or end at the same places, to a few points.
    private func hasColumnsAt(_ next: TableGrid) -> Bool {
        zip(columnRanges, next.columnRanges).allSatisfy { range, other in
            min(abs(range.lowerBound - other.lowerBound), abs(range.upperBound - other.upperBound)) < 4
        }
    }

    private var headerTexts: [String] {
        cells.filter { $0.row < headerRowCount }.map { $0.lines.map(\.plainText).joined(separator: " ").lowercased() }
            .map { CaptionPattern.isContinued($0) ? "" : $0 }
    }

    /// The table that parts on one page after another make, without the repeated headers.
    static func joined(_ parts: [TableGrid], _ joiner: TextJoiner) -> DocumentTable {
        var cells: [DocumentTable.Cell] = []
        var rowCount = 0
        for (index, part) in parts.enumerated() {
            let skipped =
                index > 0 && part.headerRowCount > 0 && part.headerTexts == parts[0].headerTexts ? part.headerRowCount : 0
            for cell in part.cells where cell.row >= skipped {
                cells.append(
                    DocumentTable.Cell(
                        row: rowCount + cell.row - skipped, column: cell.column, rowSpan: cell.rowSpan,
                        columnSpan: cell.columnSpan,
                        text: joiner.text(cell.lines)))
            }
            rowCount += part.rowCount - skipped
        }
        let caption = parts.first.flatMap { $0.caption.isEmpty ? nil : joiner.text($0.caption) }
        return DocumentTable(
            rowCount: rowCount, columnCount: parts.map(\.columnCount).max() ?? 0,
            headerRowCount: parts.first?.headerRowCount ?? 0,
            headerColumnCount: parts.first?.headerColumnCount ?? 0, cells: cells, caption: caption,
            isRuled: parts.contains(where: \.isRuled))
    }
}

extension DocumentTable {
    /// Its rows, one line each, cells separated by tabs.
    var text: PlacedText {
        var text = PlacedText()
        var row = 0
        var column = 0
        for cell in cells {
            while row < cell.row {
                text.append("\n")
                row += 1
                column = 0
            }
            while column < cell.column {
                text.append("\t")
                column += 1
            }
            text.append(cell.text)
        }
        return text
    }
}
