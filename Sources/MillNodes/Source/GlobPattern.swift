/// A shell-like file name pattern: `*`, `?`, `[a-z]` and `{a,b}`.
package struct GlobPattern: Sendable {
    /// One pattern per combination of the alternatives in braces.
    private let alternatives: [[Token]]

    private enum Token: Sendable {
        case character(Character)
        case anyCharacter
        case anySequence
        case oneOf([ClosedRange<Character>], negated: Bool)
    }

    private static let alternativeLimit = 256

    /// - Throws: ``NodeError/invalidPattern(pattern:reason:)`` for unbalanced braces or brackets.
    package init(_ pattern: String) throws(NodeError) {
        var alternatives: [[Token]] = []
        for expanded in try Self.expand(Array(pattern), pattern: pattern) {
            alternatives.append(try Self.tokens(expanded, pattern: pattern))
        }
        self.alternatives = alternatives
    }

    /// Whether the whole name matches.
    package func matches(_ name: String) -> Bool {
        let name = Array(name)
        return alternatives.contains { Self.matches($0, name) }
    }

    private static func expand(_ pattern: [Character], pattern source: String) throws(NodeError) -> [[Character]] {
        guard let open = pattern.firstIndex(of: "{") else {
            guard !pattern.contains("}") else { throw .invalidPattern(pattern: source, reason: "'}' without '{'") }
            return [pattern]
        }
        guard let close = pattern[open...].firstIndex(of: "}") else {
            throw .invalidPattern(pattern: source, reason: "'{' without '}'")
        }
        let rest = try expand(Array(pattern[(close + 1)...]), pattern: source)
        var result: [[Character]] = []
        for choice in pattern[(open + 1)..<close].split(separator: ",", omittingEmptySubsequences: false) {
            for tail in rest { result.append(pattern[..<open] + choice + tail) }
            guard result.count <= alternativeLimit else {
                throw .invalidPattern(pattern: source, reason: "more than \(alternativeLimit) alternatives")
            }
        }
        return result
    }

    private static func tokens(_ pattern: [Character], pattern source: String) throws(NodeError) -> [Token] {
        var tokens: [Token] = []
        var index = 0
        while index < pattern.count {
            switch pattern[index] {
            case "*": tokens.append(.anySequence)
            case "?": tokens.append(.anyCharacter)
            case "[":
                guard let close = pattern[index...].dropFirst(2).firstIndex(of: "]") else {
                    throw .invalidPattern(pattern: source, reason: "'[' without ']'")
                }
                tokens.append(set(Array(pattern[(index + 1)..<close])))
                index = close
            default: tokens.append(.character(pattern[index]))
            }
            index += 1
        }
        return tokens
    }

    private static func set(_ content: [Character]) -> Token {
        let isNegated = content.first == "!" || content.first == "^"
        let content = isNegated ? Array(content.dropFirst()) : content
        var ranges: [ClosedRange<Character>] = []
        var index = 0
        while index < content.count {
            if index + 2 < content.count, content[index + 1] == "-", content[index] <= content[index + 2] {
                ranges.append(content[index]...content[index + 2])
                index += 3
            } else {
                ranges.append(content[index]...content[index])
                index += 1
            }
        }
        return .oneOf(ranges, negated: isNegated)
    }

    /// Matches with one point of return, the last `*`, so the time is bounded by pattern × name.
    private static func matches(_ tokens: [Token], _ name: [Character]) -> Bool {
        var (token, character) = (0, 0)
        var retry: (token: Int, character: Int)?
        while character < name.count {
            if token < tokens.count, case .anySequence = tokens[token] {
                retry = (token + 1, character)
                token += 1
            } else if token < tokens.count, accepts(tokens[token], name[character]) {
                token += 1
                character += 1
            } else if let last = retry {
                retry = (last.token, last.character + 1)
                (token, character) = (last.token, last.character + 1)
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { if case .anySequence = $0 { true } else { false } }
    }

    private static func accepts(_ token: Token, _ character: Character) -> Bool {
        switch token {
        case .character(let expected): expected == character
        case .anyCharacter: true
        case .anySequence: false
        case .oneOf(let ranges, let negated): ranges.contains { $0.contains(character) } != negated
        }
    }
}
