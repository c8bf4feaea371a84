/// A shell-like file name pattern: `*`, `?`, `[a-z]` and `{a,b}`.
package struct GlobPattern: Sendable {
    /// One pattern per combination of the alternatives in braces.
    private let alternatives: [[Token]]
    private let ignoresCase: Bool

    private enum Token: Sendable {
        case character(Character)
        case anyCharacter
        case anySequence
        case oneOf([ClosedRange<Character>], negated: Bool)
    }

    private static let alternativeLimit = 256
    /// In bytes; no file name has more than 255.
    private static let lengthLimit = 4096
    /// Characters of all alternatives together, before what follows the last brace.
    private static let expansionLimit = 65536

    /// - Throws: ``NodeError/invalidPattern(pattern:reason:)`` for unbalanced braces or brackets, and for patterns that
    ///   would take too much time or memory.
    package init(_ pattern: String, ignoresCase: Bool = false) throws(NodeError) {
        guard pattern.utf8.count <= Self.lengthLimit else {
            throw .invalidPattern(pattern: "\(pattern.prefix(40))…", reason: "it has more than \(Self.lengthLimit) bytes")
        }
        var alternatives: [[Token]] = []
        for expanded in try Self.expand(Array(ignoresCase ? pattern.lowercased() : pattern), pattern: pattern) {
            alternatives.append(try Self.tokens(expanded, pattern: pattern))
        }
        self.alternatives = alternatives
        self.ignoresCase = ignoresCase
    }

    /// Whether the whole name matches.
    package func matches(_ name: String) -> Bool {
        let name = Array(ignoresCase ? name.lowercased() : name)
        return alternatives.contains { Self.matches($0, name) }
    }

    /// One pattern per combination of the alternatives in braces.
    private static func expand(_ pattern: [Character], pattern source: String) throws(NodeError) -> [[Character]] {
        func invalid(_ reason: String) -> NodeError { .invalidPattern(pattern: source, reason: reason) }
        var results: [[Character]] = [[]]
        var rest = pattern[...]
        while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            guard rest[brace] == "{" else { throw invalid("'}' without '{'") }
            guard let close = rest[brace...].firstIndex(of: "}") else { throw invalid("'{' without '}'") }
            let choices = rest[(brace + 1)..<close].split(separator: ",", omittingEmptySubsequences: false)
            guard results.count * choices.count <= alternativeLimit else {
                throw invalid("more than \(alternativeLimit) alternatives")
            }
            let before = rest[..<brace]
            results = results.flatMap { result in choices.map { result + before + $0 } }
            guard results.reduce(0, { $0 + $1.count }) <= expansionLimit else {
                throw invalid("its alternatives have more than \(expansionLimit) characters together")
            }
            rest = rest[(close + 1)...]
        }
        return results.map { $0 + rest }
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
