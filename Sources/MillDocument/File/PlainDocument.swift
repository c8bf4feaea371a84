/// Text and Markdown files as documents. They have no pages, so they get one as if printed with a typewriter: characters
/// ``cell`` points wide (full-width ones twice), lines ``lineHeight`` points high, ``margin`` points around. So every word has
/// a place: line n of the file is the n-th line of page 1.
package struct PlainDocument: Sendable {
    static let cell = 6.0
    static let lineHeight = 12.0
    static let margin = 36.0

    /// Where whole lines stand.
    ///
    /// - Parameter lines: counted from 1.
    package static func box(lines: ClosedRange<Int>, columnCount: Int) -> PageBox {
        PageBox(
            left: margin, top: margin + Double(lines.lowerBound - 1) * lineHeight, right: margin + Double(columnCount) * cell,
            bottom: margin + Double(lines.upperBound) * lineHeight)
    }

    package let structure: StructuredDocument
    /// The words of the lines.
    package let page: DocumentPage

    /// Lines end with a line feed, a carriage return, or both.
    private static func lines(_ bytes: Slice<UnsafeRawBufferPointer>) -> [Slice<UnsafeRawBufferPointer>] {
        var lines: [Slice<UnsafeRawBufferPointer>] = []
        var start = bytes.startIndex
        for place in bytes.indices {
            switch bytes[place] {
            case UInt8(ascii: "\n"): break
            case UInt8(ascii: "\r") where place + 1 < bytes.endIndex && bytes[place + 1] != UInt8(ascii: "\n"): break
            default: continue
            }
            lines.append(bytes[start..<place])
            start = place + 1
        }
        return lines + [bytes[start...]]
    }

    /// - Parameters:
    ///   - bytes: UTF-8.
    ///   - kind: text or Markdown, in which emphasis, links and the like are marks and no text.
    package init(_ bytes: UnsafeRawBufferPointer, kind: DocumentKind) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let content = bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...]
        let lines = Self.lines(content).enumerated()
            .map { PlainLine(String(decoding: $0.element, as: UTF8.self), number: $0.offset) }
        let widest = lines.map(\.columnCount).max() ?? 0
        let page = StructuredDocument.Page(
            number: 1, width: max(595, 2 * Self.margin + Double(widest) * Self.cell),
            height: max(842, 2 * Self.margin + Double(lines.count) * Self.lineHeight), source: .text, turn: 0, remarks: [])
        let words = lines.flatMap { line in
            let text = line.placed
            let scalars = Array(text.text.unicodeScalars)
            return text.pieces.map { piece in
                PageWord(
                    text: String(String.UnicodeScalarView(scalars[piece.range])), box: piece.place.box, line: line.number)
            }
        }
        self.page = DocumentPage(
            number: 1, width: page.width, height: page.height, source: words.isEmpty ? .none : .text, words: words)
        var parser = PlainParser(lines: lines, isMarkdown: kind == .markdown)
        structure = StructuredDocument(pages: [page], items: parser.items())
    }
}

/// A line of a file and where its characters stand.
struct PlainLine: Sendable {
    struct Character: Sendable {
        let scalar: Unicode.Scalar
        /// Counted in cells from the left.
        let column: Int
    }

    let number: Int
    private(set) var characters: [Character] = []
    private(set) var columnCount = 0

    init(_ text: String, number: Int) {
        self.number = number
        for scalar in text.unicodeScalars where scalar != "\r" && scalar != "\u{C}" {
            if scalar == "\t" {
                // To the next multiple of eight; at least two, so that it separates columns.
                let next = (columnCount / 8 + 1) * 8
                for column in columnCount..<max(next, columnCount + 2) {
                    characters.append(Character(scalar: " ", column: column))
                }
                columnCount = max(next, columnCount + 2)
            } else {
                characters.append(Character(scalar: scalar, column: columnCount))
                columnCount += scalar.isFullWidth ? 2 : 1
            }
        }
    }

    private init(number: Int, characters: [Character]) {
        self.number = number
        self.characters = characters
        columnCount = characters.last.map { $0.column + 1 } ?? 0
    }

    var text: String {
        var scalars = String.UnicodeScalarView()
        for character in characters { scalars.append(character.scalar) }
        return String(scalars)
    }

    var isBlank: Bool { characters.allSatisfy { $0.scalar.properties.isWhitespace } }

    /// Part of the line, without blanks around it.
    func part(_ range: Range<Int>) -> PlainLine {
        var range = range.clamped(to: characters.indices)
        while let first = range.first, characters[first].scalar.properties.isWhitespace { range = first + 1..<range.upperBound }
        while let last = range.last, characters[last].scalar.properties.isWhitespace { range = range.lowerBound..<last }
        return PlainLine(number: number, characters: Array(characters[range]))
    }

    func dropping(_ count: Int) -> PlainLine { part(min(count, characters.count)..<characters.count) }

    /// The line without those characters.
    func without(_ removed: Set<Int>) -> PlainLine {
        guard !removed.isEmpty else { return self }
        return PlainLine(
            number: number, characters: characters.indices.filter { !removed.contains($0) }.map { characters[$0] })
    }

    /// The line's words with their places.
    var placed: PlacedText {
        var result = PlacedText()
        var word = String.UnicodeScalarView()
        var start = 0
        var end = 0
        func close() {
            guard !word.isEmpty else { return }
            if result.count > 0 { result.append(" ") }
            result.append(String(word), at: place(start..<end))
            word = String.UnicodeScalarView()
        }
        for character in characters {
            guard !character.scalar.properties.isWhitespace else {
                close()
                continue
            }
            if word.isEmpty { start = character.column }
            word.append(character.scalar)
            end = character.column + (character.scalar.isFullWidth ? 2 : 1)
        }
        close()
        return result
    }

    private func place(_ columns: Range<Int>) -> PagePlace {
        let top = PlainDocument.margin + Double(number) * PlainDocument.lineHeight
        return PagePlace(
            page: 1,
            box: PageBox(
                left: PlainDocument.margin + Double(columns.lowerBound) * PlainDocument.cell, top: top,
                right: PlainDocument.margin + Double(columns.upperBound) * PlainDocument.cell,
                bottom: top + PlainDocument.lineHeight))
    }
}
