extension StructuredDocument {
    /// The document as Markdown with pipe tables, without pictures and running headers and footers.
    public func markdown() -> String {
        var blocks: [String] = []
        var list: [String] = []
        for item in items {
            if case .listItem(let marker) = item.kind {
                list.append(Markdown.item(marker, item.text.text))
                continue
            }
            if !list.isEmpty {
                blocks.append(list.joined(separator: "\n"))
                list = []
            }
            switch item.kind {
            case .title: blocks.append("# " + Markdown.text(item.text.text))
            case .heading(let level):
                blocks.append(String(repeating: "#", count: min(max(level, 1) + 1, 6)) + " " + Markdown.text(item.text.text))
            case .paragraph, .caption, .footnote: blocks.append(Markdown.paragraph(item.text.text))
            case .table:
                guard let table = item.table else { continue }
                if let caption = table.caption { blocks.append(Markdown.paragraph(caption.text)) }
                blocks.append(Markdown.table(table))
            case .pageHeader, .pageFooter, .picture, .listItem: continue
            }
        }
        if !list.isEmpty { blocks.append(list.joined(separator: "\n")) }
        return blocks.isEmpty ? "" : blocks.joined(separator: "\n\n") + "\n"
    }
}

/// Text as Markdown that shows it.
private enum Markdown {
    /// With the characters that mean something escaped, on one line.
    static func text(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\", "`", "*", "_", "[", "]", "<", ">", "~", "|": result += "\\" + String(character)
            case "\n", "\r\n", "\r", "\t": result += " "
            default: result.append(character)
            }
        }
        return result
    }

    /// What a line begins with must not make a heading, a list or a rule of it.
    static func paragraph(_ text: String) -> String {
        let escaped = self.text(text)
        guard let first = escaped.first else { return "" }
        if "#+-=".contains(first) { return "\\" + escaped }
        let digits = escaped.prefix { $0.isASCII && $0.isNumber }
        if !digits.isEmpty, digits.count < 10, let mark = escaped.dropFirst(digits.count).first, mark == "." || mark == ")" {
            return digits + "\\" + escaped.dropFirst(digits.count)
        }
        return escaped
    }

    static func item(_ marker: String, _ text: String) -> String {
        let number = marker.dropLast()
        if marker.last == ".", !number.isEmpty, number.count < 10, number.allSatisfy({ $0.isASCII && $0.isNumber }) {
            return marker + " " + self.text(text)
        }
        let isBullet = !marker.contains { $0.isNumber || $0.isLetter }
        return "- " + (isBullet ? "" : self.text(marker) + " ") + self.text(text)
    }

    /// A pipe table; header rows become the one that pipe tables have, names over several columns stand in each of them.
    static func table(_ table: DocumentTable) -> String {
        guard table.columnCount > 0 else { return "" }
        var header = [String](repeating: "", count: table.columnCount)
        var rows = [Int: [Int: String]]()
        for cell in table.cells {
            let text = self.text(cell.text.text)
            if cell.row < table.headerRowCount {
                for column in cell.column..<min(cell.column + cell.columnSpan, table.columnCount) {
                    header[column] += (header[column].isEmpty ? "" : " ") + text
                }
            } else {
                rows[cell.row, default: [:]][cell.column] = text
            }
        }
        var lines = [line(header), "|" + String(repeating: " --- |", count: table.columnCount)]
        for row in table.headerRowCount..<max(table.headerRowCount, table.rowCount) {
            lines.append(line((0..<table.columnCount).map { rows[row]?[$0] ?? "" }))
        }
        return lines.joined(separator: "\n")
    }

    private static func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
}
