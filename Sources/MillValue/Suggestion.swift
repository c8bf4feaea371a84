/// "Did you mean": the closest of some known names.
public enum Suggestion {
    /// Longer names are not compared: their distance would take time that grows with the square of their length.
    private static let maximumLength = 64

    /// The candidate with the smallest edit distance to `name`, if that is at most a third of its length (at least 1).
    public static func closest(to name: String, among candidates: some Sequence<String>) -> String? {
        guard name.utf8.count <= maximumLength else { return nil }
        let limit = max(1, name.count / 3)
        return
            candidates
            .filter { $0.utf8.count <= maximumLength }
            .map { (candidate: $0, distance: distance(Array(name), Array($0))) }
            .filter { $0.distance <= limit }
            .min { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }?
            .candidate
    }

    /// Levenshtein distance, where swapping two neighbours counts as one edit.
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var rows = [Array(0...b.count)]
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
