/// How the text of a page with a text layer stands: the order of the words in its lines tells.
package enum PageTurn {
    /// 0, 90, 180 or 270 degrees clockwise.
    ///
    /// - Parameter rotation: how the page is displayed turned; says it where no line has two words.
    package static func of(_ words: [PageWord], rotation: Int) -> Int {
        var votes = [0: 0.0, 90: 0.0, 180: 0.0, 270: 0.0]
        var tall = 0.0
        var wide = 0.0
        for (index, word) in words.enumerated() where word.text.unicodeScalars.count >= 2 {
            if word.box.height > 1.3 * word.box.width { tall += Double(word.text.count) }
            if word.box.width > 1.3 * word.box.height { wide += Double(word.text.count) }
            guard index > 0, words[index - 1].line == word.line else { continue }
            let previous = words[index - 1].box
            let (dx, dy) = (word.box.middleX - previous.middleX, word.box.middleY - previous.middleY)
            let angle = abs(dx) >= abs(dy) ? (dx > 0 ? 0 : 180) : (dy > 0 ? 90 : 270)
            votes[angle, default: 0] += 1
        }
        let best = votes.max { $0.value < $1.value }
        guard let best, best.value > 0 else {
            if tall > wide { return rotation == 90 || rotation == 270 ? rotation : 90 }
            return rotation == 180 ? 180 : 0
        }
        return best.key
    }
}
