/// Takes the lines of a text apart into headings, paragraphs, list items and tables.
struct PlainParser {
    let lines: [PlainLine]
    let isMarkdown: Bool
    private var position = 0
    private var found: [DocumentItem] = []

    init(lines: [PlainLine], isMarkdown: Bool) {
        self.lines = lines
        self.isMarkdown = isMarkdown
    }

    mutating func items() -> [DocumentItem] {
        while position < lines.count {
            let line = lines[position]
            if line.isBlank || (isMarkdown && isRule(line)) {
                position += 1
            } else if isMarkdown, line.text.hasPrefix("```") {
                code()
            } else if let count = pipeTable() {
                let rows = lines[position..<position + count]
                position += count
                if let table = PlainTable.piped(Array(rows), isMarkdown: isMarkdown) {
                    add(table)
                } else {
                    for row in rows { add(.paragraph, clean(row).placed) }
                }
            } else if let count = alignedTable() {
                add(PlainTable.aligned(Array(lines[position..<position + count])))
                position += count
            } else {
                block()
            }
        }
        return found
    }

    private mutating func add(_ table: DocumentTable) {
        var text = PlacedText()
        var (row, column) = (0, 0)
        // In the order of the cells, which is that of the text.
        for cell in table.cells {
            while row < cell.row {
                text.append("\n")
                (row, column) = (row + 1, 0)
            }
            while column < cell.column {
                text.append("\t")
                column += 1
            }
            text.append(cell.text)
        }
        add(.table, text, table: table)
    }

    private mutating func add(_ kind: DocumentItem.Kind, _ text: PlacedText, table: DocumentTable? = nil) {
        guard let first = text.pieces.first else { return }
        let box = text.pieces.reduce(first.place.box) { $0.union($1.place.box) }
        found.append(DocumentItem(kind: kind, text: text, places: [PagePlace(page: 1, box: box)], table: table))
    }

    // MARK: Blocks of lines

    private mutating func block() {
        var line = lines[position]
        position += 1
        if isMarkdown { line = quoted(line) }
        if let level = headingLevel(line) {
            return add(kind(ofLevel: level), clean(line.dropping(level)).placed)
        }
        if position < lines.count, let level = underline(lines[position]), !line.isBlank {
            position += 1
            return add(kind(ofLevel: level), clean(line).placed)
        }
        let marker = listMarker(line)
        var text = clean(marker.map { line.dropping($0.length) } ?? line).placed
        while position < lines.count, continues(lines[position]) {
            join(clean(isMarkdown ? quoted(lines[position]) : lines[position]).placed, to: &text)
            position += 1
        }
        add(marker.map { .listItem(marker: $0.text) } ?? .paragraph, text)
    }

    /// Whether a line goes on with the block before it.
    private func continues(_ line: PlainLine) -> Bool {
        !line.isBlank && headingLevel(line) == nil && listMarker(line) == nil && !line.text.hasPrefix("```")
            && !(isMarkdown && isRule(line)) && pipeTable() == nil && alignedTable() == nil
            && !(position + 1 < lines.count && underline(lines[position + 1]) != nil)
    }

    private mutating func code() {
        position += 1
        var text = PlacedText()
        while position < lines.count, !lines[position].text.hasPrefix("```") {
            if text.count > 0 { text.append("\n") }
            text.append(lines[position].placed)
            position += 1
        }
        position += 1
        add(.paragraph, text)
    }

    /// The first heading of level 1 is the title.
    private func kind(ofLevel level: Int) -> DocumentItem.Kind {
        level == 1 && !found.contains { $0.kind == .title } ? .title : .heading(level: level)
    }

    private func join(_ next: PlacedText, to text: inout PlacedText) {
        let isChinese = text.text.unicodeScalars.last?.isFullWidth == true && next.text.unicodeScalars.first?.isFullWidth == true
        if !isChinese, text.count > 0 { text.append(" ") }
        text.append(next)
    }

    // MARK: What lines are

    private func quoted(_ line: PlainLine) -> PlainLine {
        var count = 0
        for character in line.characters {
            guard character.scalar == ">" || (count > 0 && character.scalar.properties.isWhitespace) else { break }
            count += 1
        }
        return count > 0 ? line.dropping(count) : line
    }

    private func headingLevel(_ line: PlainLine) -> Int? {
        let count = line.text.prefix { $0 == "#" }.count
        return (1...6).contains(count) && line.text.dropFirst(count).first == " " ? count : nil
    }

    /// The level that a line gives the one above it: `===` or `---`.
    private func underline(_ line: PlainLine) -> Int? {
        let text = line.part(0..<line.characters.count).text
        guard text.count >= 3 else { return nil }
        if text.allSatisfy({ $0 == "=" }) { return 1 }
        return text.allSatisfy({ $0 == "-" }) ? 2 : nil
    }

    private func isRule(_ line: PlainLine) -> Bool {
        let text = line.text.filter { !$0.isWhitespace }
        return text.count >= 3 && ["-", "*", "_"].contains { mark in text.allSatisfy { $0 == mark } }
    }

    /// The marker of a list item and how many characters of the line it takes.
    private func listMarker(_ line: PlainLine) -> (text: String, length: Int)? {
        let text = line.text
        let indent = text.prefix { $0 == " " }.unicodeScalars.count
        let rest = text.unicodeScalars.dropFirst(indent)
        guard let first = rest.first else { return nil }
        if "-*+•·–▪●◦■□➢".unicodeScalars.contains(first) {
            let next = rest.dropFirst().first
            guard next == " " || (first.value > 0x7F && first != "–" && next != nil) else { return nil }
            return (String(first), indent + 1)
        }
        let digits = rest.prefix { (0x30...0x39).contains($0.value) }
        let after = rest.dropFirst(digits.count)
        guard (1...3).contains(digits.count), let sign = after.first else { return nil }
        let isMarker = sign == "、" || (".)".unicodeScalars.contains(sign) && after.dropFirst().first == " ")
        return isMarker ? (String(String.UnicodeScalarView(digits)) + String(sign), indent + digits.count + 1) : nil
    }

    /// Without the marks of emphasis, code and links.
    private func clean(_ line: PlainLine) -> PlainLine { isMarkdown ? MarkdownMarks.removed(from: line) : line }

    // MARK: Tables

    /// How many lines from here on are a table of cells between bars.
    private func pipeTable() -> Int? {
        guard position + 1 < lines.count, lines[position].text.contains("|"), PlainTable.isDelimiter(lines[position + 1]) else {
            return nil
        }
        var count = 2
        while position + count < lines.count, lines[position + count].text.contains("|"), !lines[position + count].isBlank {
            count += 1
        }
        return count
    }

    /// How many lines from here on have the same number of columns with two blanks or more between them.
    private func alignedTable() -> Int? {
        guard !isMarkdown, position < lines.count else { return nil }
        let columns = PlainTable.columns(lines[position]).count
        guard columns >= 2 else { return nil }
        var count = 1
        while position + count < lines.count, PlainTable.columns(lines[position + count]).count == columns { count += 1 }
        return count >= (columns == 2 ? 3 : 2) ? count : nil
    }
}
