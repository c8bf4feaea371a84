/// How much two texts are alike.
public enum TextSimilarity {
    /// 1 less the edit distance per code point of the longer text; 1 for two empty texts. Runs of white space count as one blank.
    public static func ratio(_ text: String, _ truth: String) -> Double {
        let (first, second) = (normalised(text), normalised(truth))
        let longest = max(first.count, second.count)
        return longest == 0 ? 1 : 1 - Double(distance(first, second)) / Double(longest)
    }

    /// Code points with runs of white space as one blank, without blanks between Chinese characters.
    static func normalised(_ text: String) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            if scalar.properties.isWhitespace {
                if let last = result.last, last != " " { result.append(" ") }
            } else {
                if result.count >= 2, result[result.count - 1] == " ", isChinese(result[result.count - 2]), isChinese(scalar) {
                    result.removeLast()
                }
                result.append(scalar)
            }
        }
        if result.last == " " { result.removeLast() }
        return result
    }

    private static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
        (0x2E80...0x9FFF).contains(scalar.value) || (0xFF00...0xFFEF).contains(scalar.value)
    }

    /// The number of insertions, deletions and replacements that make one of the other; 64 of the first's elements at a time.
    ///
    /// Myers, A fast bit-vector algorithm for approximate string matching (1999), in Hyyrö's form for blocks.
    public static func distance<Element: Hashable>(_ first: [Element], _ second: [Element]) -> Int {
        guard !first.isEmpty, !second.isEmpty else { return max(first.count, second.count) }
        var identifiers: [Element: Int] = [:]
        for element in first where identifiers[element] == nil { identifiers[element] = identifiers.count }
        let unknown = identifiers.count
        let rows = first.map { identifiers[$0] ?? unknown }
        let columns = second.map { identifiers[$0] ?? unknown }
        // The difference of a cell and the one before it in the last row of the block above: 1, 0 or -1.
        var carried = [Int8](repeating: 1, count: columns.count)
        var score = first.count
        var matches = [UInt64](repeating: 0, count: unknown + 1)
        for start in stride(from: 0, to: rows.count, by: 64) {
            let block = rows[start..<min(start + 64, rows.count)]
            for (bit, row) in block.enumerated() { matches[row] |= 1 << UInt64(bit) }
            let isLast = start + 64 >= rows.count
            let last: UInt64 = 1 << UInt64(block.count - 1)
            var plus = UInt64.max
            var minus: UInt64 = 0
            for column in columns.indices {
                var equal = matches[columns[column]]
                let input = carried[column]
                let vertical = equal | minus
                if input < 0 { equal |= 1 }
                let horizontal = (((equal & plus) &+ plus) ^ plus) | equal
                var plusOut = minus | ~(horizontal | plus)
                var minusOut = plus & horizontal
                let output: Int8 = plusOut & last != 0 ? 1 : minusOut & last != 0 ? -1 : 0
                if isLast { score += Int(output) }
                plusOut <<= 1
                minusOut <<= 1
                if input < 0 { minusOut |= 1 } else if input > 0 { plusOut |= 1 }
                plus = minusOut | ~(vertical | plusOut)
                minus = plusOut & vertical
                carried[column] = output
            }
            for row in block { matches[row] = 0 }
        }
        return score
    }
}
