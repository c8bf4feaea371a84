import MillValue

/// What becomes of the matches of a `Split` and of the text between them, by the names of tokenizer.json.
enum SplitBehavior: String, Sendable, Hashable, CaseIterable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"

    init(_ json: Value?, in field: String) throws(TokenizerError) {
        let name = json?.string ?? Self.isolated.rawValue
        guard let behavior = Self(rawValue: name) else {
            throw .unsupported(field: field, value: name, supported: Self.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self = behavior
    }

    /// The pieces of a text of `count` bytes.
    ///
    /// - Parameters:
    ///   - matches: from left to right.
    ///   - isInverted: whether the text between the matches is what counts as a match.
    func pieces(_ matches: [Range<Int>], count: Int, isInverted: Bool) -> [Range<Int>] {
        var parts: [(range: Range<Int>, isMatch: Bool)] = []
        var position = 0
        for match in matches {
            if match.lowerBound > position { parts.append((position..<match.lowerBound, isInverted)) }
            parts.append((match, !isInverted))
            position = match.upperBound
        }
        if position < count { parts.append((position..<count, isInverted)) }
        switch self {
        case .removed: return parts.filter { !$0.isMatch }.map(\.range)
        case .isolated: return parts.map(\.range)
        case .mergedWithPrevious: return Self.merged(parts) { before, part in part.isMatch && !before.isMatch }
        case .mergedWithNext: return Self.merged(parts) { before, part in before.isMatch && !part.isMatch }
        case .contiguous: return Self.merged(parts) { before, part in part.isMatch == before.isMatch }
        }
    }

    private static func merged(
        _ parts: [(range: Range<Int>, isMatch: Bool)],
        where joins: ((range: Range<Int>, isMatch: Bool), (range: Range<Int>, isMatch: Bool)) -> Bool
    ) -> [Range<Int>] {
        var result: [Range<Int>] = []
        for (index, part) in parts.enumerated() {
            if index > 0, joins(parts[index - 1], part), let last = result.popLast() {
                result.append(last.lowerBound..<part.range.upperBound)
            } else {
                result.append(part.range)
            }
        }
        return result
    }
}
