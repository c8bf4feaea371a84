/// Whether two readings of a page say the same.
package enum TextAgreement {
    /// - Parameters:
    ///   - layer: what the file says.
    ///   - recognized: what was recognised.
    package static func isSame(_ layer: [PageWord], _ recognized: [PageWord]) -> Bool {
        let (first, second) = (pieces(layer), pieces(recognized))
        // Without anything to compare with, the file is believed.
        guard second.total >= 5 else { return true }
        let common = first.counts.reduce(0) { $0 + min($1.value, second.counts[$1.key] ?? 0) }
        // A third of what the recognition saw stands in the file, and it saw not much more than the file has.
        return 3 * common >= second.total && 2 * first.total >= second.total
    }

    /// Words of two letters and digits or more; Chinese characters by themselves.
    private static func pieces(_ words: [PageWord]) -> (counts: [String: Int], total: Int) {
        var counts: [String: Int] = [:]
        var total = 0
        func count(_ piece: String) {
            counts[piece, default: 0] += 1
            total += 1
        }
        for word in words {
            var run = ""
            for scalar in word.text.unicodeScalars {
                if scalar.isFullWidth {
                    count(String(scalar))
                } else if scalar.properties.isAlphabetic || (0x30...0x39).contains(scalar.value) {
                    run.unicodeScalars.append(scalar)
                    continue
                }
                if run.count > 1 { count(run.lowercased()) }
                run = ""
            }
            if run.count > 1 { count(run.lowercased()) }
        }
        return (counts, total)
    }
}
