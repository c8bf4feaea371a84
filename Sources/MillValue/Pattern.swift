/// A regular expression that is matched in time linear in the text: no back-references, no look-around.
///
/// The syntax is what RE2 and ECMAScript share: literals, `.`, classes such as `[a-z_]`, `\d \w \s \b`, `^ $`, groups,
/// alternatives, and the quantifiers `* + ? {m,n}`. `(?i)` at the start ignores the case of ASCII letters.
public struct Pattern: Sendable, Hashable {
    /// What is wrong with a pattern and where.
    public struct SyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
        public let message: String
        /// Offset from the start of the pattern, in code points.
        public let offset: Int

        public var description: String { "\(message) (at offset \(offset) of the pattern)" }
    }

    package typealias Node = RegularExpression<ScalarSet, Assertion>

    package enum Assertion: Sendable, Hashable { case start, end, wordBoundary, noWordBoundary }

    public let source: String
    package let program: [Node.Instruction]

    /// Compiles `source`; refuses what would need backtracking, by name.
    public init(_ source: String) throws(SyntaxError) {
        self.source = source
        var parser = PatternParser(source)
        guard let program = try parser.parse().program() else {
            throw SyntaxError(message: "the pattern has more than \(Node.maximumInstructions) steps when written out", offset: 0)
        }
        self.program = program
    }

    /// Whether the pattern matches anywhere in `text`; anchor it with `^` and `$` to match the whole text.
    public func matches(_ text: String) -> Bool {
        var current = PatternThreads(count: program.count)
        var next = PatternThreads(count: program.count)
        var previous: Unicode.Scalar?
        var scalars = text.unicodeScalars.makeIterator()
        var scalar = scalars.next()
        while true {
            if follow(0, previous: previous, next: scalar, into: &current) { return true }
            guard let consumed = scalar else { return false }
            scalar = scalars.next()
            next.removeAll()
            for index in current.consuming {
                guard case .scalar(let set) = program[index], set.contains(consumed) else { continue }
                if follow(index + 1, previous: consumed, next: scalar, into: &next) { return true }
            }
            previous = consumed
            swap(&current, &next)
        }
    }

    /// Adds `start` and all that it reaches without consuming a character; true if that includes a match.
    package func follow(
        _ start: Int, previous: Unicode.Scalar?, next: Unicode.Scalar?, into threads: inout PatternThreads
    ) -> Bool {
        var pending = [start]
        while let index = pending.popLast() {
            guard threads.insert(index) else { continue }
            switch program[index] {
            case .scalar: threads.consuming.append(index)
            case .split(let first, let second): pending += [second, first]
            case .jump(let target): pending.append(target)
            case .assertion(let assertion):
                if assertion.holds(between: previous, and: next) { pending.append(index + 1) }
            case .match: return true
            }
        }
        return false
    }
}

/// The instructions an automaton stands at.
package struct PatternThreads {
    private var isMember: [Bool]
    private var members: [Int] = []
    package var consuming: [Int] = []

    package init(count: Int) { isMember = Array(repeating: false, count: count) }

    fileprivate mutating func insert(_ index: Int) -> Bool {
        guard !isMember[index] else { return false }
        isMember[index] = true
        members.append(index)
        return true
    }

    fileprivate mutating func removeAll() {
        for index in members { isMember[index] = false }
        members.removeAll(keepingCapacity: true)
        consuming.removeAll(keepingCapacity: true)
    }
}

extension Pattern.Assertion {
    fileprivate func holds(between previous: Unicode.Scalar?, and next: Unicode.Scalar?) -> Bool {
        func isWord(_ scalar: Unicode.Scalar?) -> Bool { scalar.map(ScalarSet.word.contains) ?? false }
        return switch self {
        case .start: previous == nil
        case .end: next == nil
        case .wordBoundary: isWord(previous) != isWord(next)
        case .noWordBoundary: isWord(previous) == isWord(next)
        }
    }
}
