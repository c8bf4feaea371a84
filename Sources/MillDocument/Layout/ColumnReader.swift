/// Reads one column of a page from top to bottom: tables and paragraphs.
struct ColumnReader {
    let lines: [LayoutLine]
    let rulings: [PageBox]
    let isRecognised: Bool
    private let left: Double
    private let right: Double
    private let textRight: Double

    /// - Parameter textRight: where the lines of the whole page end.
    init(words: [LayoutWord], rulings: [PageBox], isRecognised: Bool, textRight: Double) {
        lines = LayoutLine.lines(of: words)
        self.rulings = rulings
        self.isRecognised = isRecognised
        let left = words.map(\.box.left).min() ?? 0
        self.left = left
        right = words.map(\.box.right).max() ?? 0
        let ends = lines.filter { $0.box.width > 0.5 * (textRight - left) && $0.words.count > 3 }.map(\.box.right)
        self.textRight = lines.count <= 3 ? textRight : ends.max() ?? right
    }

    /// The blocks of the column from the top, with the tables and pictures that stand in it.
    func blocks(figures: [LayoutBlock]) -> [LayoutBlock] {
        var blocks: [LayoutBlock] = []
        var start = 0
        for table in TableFinder(lines: lines, rulings: rulings, isRecognised: isRecognised).tables() {
            blocks += paragraphs(start..<table.range.lowerBound)
            blocks.append(.figure(.table(table.grid), table.grid.box))
            start = table.range.upperBound
        }
        blocks += paragraphs(start..<lines.count)
        blocks += figures
        // Stable: what has the same height stays in order.
        let order = blocks.indices.sorted { (blocks[$0].box.top, $0) < (blocks[$1].box.top, $1) }
        return order.map { blocks[$0] }.map { block in
            var block = block
            block.column = left...max(left, right)
            return block
        }
    }

    private func paragraphs(_ range: Range<Int>) -> [LayoutBlock] {
        var blocks: [LayoutBlock] = []
        let leading = usualLeading(range)
        var start = range.lowerBound
        for index in range {
            let isLast = index + 1 == range.upperBound
            guard isLast || isBreak(after: index, start: start, leading: leading) else { continue }
            let own = Array(lines[start..<index + 1])
            let box = own.dropFirst().reduce(own[0].box) { $0.union($1.box) }
            let gap = start > 0 ? box.top - lines[start - 1].box.bottom : .infinity
            let sizes = own.map(\.size).sorted()
            blocks.append(
                LayoutBlock(
                    content: .text(own), box: box, size: sizes[sizes.count / 2], column: left...max(left, right), gapAbove: gap))
            start = index + 1
        }
        return blocks
    }

    /// The middle of the distances of lines of paragraphs, as a multiple of their size.
    private func usualLeading(_ range: Range<Int>) -> Double {
        var leadings: [Double] = []
        for index in range.dropLast() {
            let size = max(lines[index].size, 1)
            let leading = (lines[index + 1].box.middleY - lines[index].box.middleY) / size
            if abs(lines[index + 1].size - size) < 0.15 * size, leading < 2.2, lines[index].box.width > 0.6 * (right - left) {
                leadings.append(leading)
            }
        }
        leadings.sort()
        return leadings.isEmpty ? 1.5 : min(max(leadings[leadings.count / 2], 1), 2.2)
    }

    private func isBreak(after index: Int, start: Int, leading: Double) -> Bool {
        let (line, next) = (lines[index], lines[index + 1])
        let size = max(line.size, 1)
        // Sizes of Chinese and other letters are estimated in different ways.
        let tolerance = isRecognised ? 0.28 : line.isFullWidth == next.isFullWidth ? 0.13 : 0.25
        let pitch = next.box.middleY - line.box.middleY
        if abs(next.size - size) > tolerance * max(size, next.size) { return true }
        let own = index > start ? (line.box.middleY - lines[index - 1].box.middleY) / size : leading
        if pitch / size > max(min(own, 2.2), leading, 1.1) + 0.35 { return true }
        if isRuledOff(line.box, next.box) { return true }
        let marker = ListMarker.split(next.plainText)
        if let marker, !marker.rest.isEmpty || next.words.count == 1 {
            if marker.marker.kind == .bullet { return true }
            if endsSentence(line) || next.box.left < line.box.left + 0.5 * size && !isFull(line) { return true }
            if ListMarker.split(lines[start].plainText) != nil, abs(next.box.left - lines[start].box.left) < size { return true }
        }
        if CaptionPattern.isCaption(next.plainText) { return true }
        let isItem = ListMarker.split(lines[start].plainText) != nil
        // The first line of a paragraph is set in.
        let indent = next.box.left - (index > start && !isItem ? min(line.box.left, lines[start].box.left) : line.box.left)
        if !isItem, indent > 0.8 * size, indent < 5 * size, endsSentence(line) || !isFull(line),
            !isCentered(line) || !isCentered(next)
        {
            return index == start || abs(line.box.left - left) < size || endsSentence(line)
        }
        if isItem, next.box.left < lines[start].box.left - 0.5 * size { return true }
        if !isFull(line), endsSentence(line), !isCentered(line) { return true }
        if endsEarly(line, next) { return true }
        // Lines of a paragraph other than its last are full.
        return line.box.right < left + 0.5 * (textRight - left) && !isCentered(line) && !isCentered(next)
    }

    /// Whether the next line's first word had room in this one: then the line was meant to end.
    private func endsEarly(_ line: LayoutLine, _ next: LayoutLine) -> Bool {
        let first = next.words[0]
        let needed = first.shape.fullWidth > 0 ? 2 * line.size : first.box.width + 0.8 * line.size
        let isMiddle = abs(line.box.middleX - next.box.middleX) < line.size && next.box.left < line.box.left - line.size
        return line.box.right + needed < next.box.right && !isMiddle
    }

    private func isFull(_ line: LayoutLine) -> Bool { line.box.right > right - max(0.12 * (right - left), 1.5 * line.size) }

    private func isCentered(_ line: LayoutLine) -> Bool {
        abs(line.box.middleX - (left + right) / 2) < line.size && line.box.left > left + 2 * line.size
    }

    private func endsSentence(_ line: LayoutLine) -> Bool {
        guard var last = line.words.last?.text.last else { return false }
        if "”\"’')）".contains(last), let before = line.words.last?.text.dropLast().last { last = before }
        return ".。!?！？;；:：".contains(last)
    }

    private func isRuledOff(_ line: PageBox, _ next: PageBox) -> Bool {
        rulings.contains {
            $0.middleY > line.middleY + 0.3 * line.height && $0.middleY < next.middleY
                && min($0.right, right) - max($0.left, left) > 0.5 * (right - left)
        }
    }
}

extension LayoutBlock {
    static func figure(_ content: Content, _ box: PageBox) -> LayoutBlock {
        LayoutBlock(content: content, box: box, size: 10, column: box.left...max(box.left, box.right), gapAbove: 0)
    }

    /// Captions and units right above a table become the table's.
    static func attachCaptions(_ blocks: [LayoutBlock]) -> [LayoutBlock] {
        var result: [LayoutBlock] = []
        for block in blocks {
            guard case .table(var grid) = block.content else {
                result.append(block)
                continue
            }
            var caption: [LayoutLine] = []
            while caption.count < 4, let above = result.last, !above.lines.isEmpty, above.lines.count <= 2 {
                let text = above.lines.map(\.plainText).joined(separator: " ")
                let floor = caption.first?.box.top ?? block.box.top
                guard floor - above.box.bottom < 2 * above.size, floor > above.box.top, above.box.left < block.box.right,
                    above.box.right > block.box.left, CaptionPattern.isCaption(text) || CaptionPattern.isUnit(text)
                else { break }
                caption = above.lines + caption
                result.removeLast()
            }
            grid.caption = caption
            var block = block
            block.content = .table(grid)
            result.append(block)
        }
        return result
    }
}
