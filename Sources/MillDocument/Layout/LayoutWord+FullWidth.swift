extension [LayoutWord] {
    /// Corrects how wide recognised words beside full-width characters are.
    ///
    /// Recognition tells well where the middle of such a character is and badly how wide it is: the box holds a stroke of it, or
    /// reaches over what follows. Each has as much room as its font's size, so that the gaps between words are blanks again.
    mutating func giveFullWidth() {
        var start = 0
        while start < count {
            var end = start + 1
            while end < count, self[end].line == self[start].line { end += 1 }
            if self[start..<end].contains(where: { $0.shape.fullWidth > 0 }) { giveFullWidth(start..<end) }
            start = end
        }
    }

    private mutating func giveFullWidth(_ line: Range<Int>) {
        for index in line.dropLast() {
            let next = self[index + 1].box
            if self[index].box.right > next.left, next.left > self[index].box.left + 0.2 * self[index].size {
                self[index].box.right = next.left
            }
        }
        let boxes = self[line].map(\.box)
        for index in line where self[index].shape.fullWidth > 0 {
            let word = self[index]
            let room = 0.95 * word.size * (Double(word.shape.fullWidth) + 0.5 * Double(word.shape.count - word.shape.fullWidth))
            let lack = (room - word.box.width) / 2
            guard lack > 0 else { continue }
            // Neighbours keep half of the gap.
            let before = index > line.lowerBound ? boxes[index - line.lowerBound - 1].right : -.infinity
            let after = index + 1 < line.upperBound ? boxes[index - line.lowerBound + 1].left : .infinity
            self[index].box.left -= Swift.max(0, Swift.min(lack, (word.box.left - before) / 2))
            self[index].box.right += Swift.max(0, Swift.min(lack, (after - word.box.right) / 2))
        }
    }
}
