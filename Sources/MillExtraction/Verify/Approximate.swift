/// Approximate search: the place of a text at which a word stands with the fewest edits (Sellers 1980).
enum Approximate {
    /// The most cells of the table of distances that one search may fill.
    private static let limit = 40_000_000

    /// - Returns: where the word stands with at most so many insertions, deletions and substitutions; nil where it does not.
    static func find(_ word: [Unicode.Scalar], in text: [Unicode.Scalar], edits: Int) -> Range<Int>? {
        guard !word.isEmpty, !text.isEmpty, word.count <= limit / text.count else { return nil }
        // Of each column: the distance of each beginning of the word, and where its match begins.
        var distances = Array(0...word.count)
        var starts = [Int](repeating: 0, count: word.count + 1)
        var best: (distance: Int, range: Range<Int>)?
        for (end, scalar) in text.enumerated() {
            var diagonal = (distance: distances[0], start: starts[0])
            (distances[0], starts[0]) = (0, end + 1)
            // A match that begins here has this place as its first.
            var diagonalStart = end
            for index in 1...word.count {
                let above = (distance: distances[index], start: starts[index])
                let substituted = diagonal.distance + (word[index - 1] == scalar ? 0 : 1)
                let inserted = distances[index - 1] + 1
                let deleted = above.distance + 1
                if substituted <= inserted, substituted <= deleted {
                    (distances[index], starts[index]) = (substituted, index == 1 ? diagonalStart : diagonal.start)
                } else if deleted <= inserted {
                    (distances[index], starts[index]) = (deleted, above.start)
                } else {
                    (distances[index], starts[index]) = (inserted, starts[index - 1])
                }
                diagonal = above
                diagonalStart = end
            }
            let distance = distances[word.count]
            if distance <= edits, distance < best?.distance ?? .max, starts[word.count] <= end {
                best = (distance, starts[word.count]..<end + 1)
            }
        }
        return best?.range
    }
}
