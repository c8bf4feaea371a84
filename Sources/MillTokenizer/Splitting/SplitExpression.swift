import MillValue

/// A regular expression of a pre-tokenizer, in the dialect that tokenizer.json files use (Oniguruma's), matched in one pass: the
/// leftmost match, of which earlier alternatives and longer repetitions are preferred (Pike's automaton with priorities).
///
/// Understood are classes with `\s \w \d \p{L}`, `(?:…)`, `(?i:…)`, look-ahead, `^ $ \b`, and greedy, lazy and (where it makes no
/// difference) possessive repetitions.
struct SplitExpression: Sendable, Hashable {
    typealias Node = RegularExpression<ScalarClass, Assertion>

    enum Assertion: Sendable, Hashable {
        case lineStart, lineEnd, textStart, textEnd, wordBoundary, noWordBoundary
        /// Whether the program matches what follows, or does not.
        indirect case lookAhead([Node.Instruction], isNegative: Bool)
    }

    let source: String
    let program: [Node.Instruction]

    init(_ source: String) throws(SyntaxError) {
        self.source = source
        var parser = SplitExpressionParser(source)
        program = try Self.program(of: try parser.parse())
    }

    static func program(of node: Node) throws(SyntaxError) -> [Node.Instruction] {
        guard let program = node.program() else {
            throw SyntaxError(message: "it has more than \(Node.maximumInstructions) steps when written out")
        }
        return program
    }

    /// What is wrong with an expression.
    struct SyntaxError: Error, Hashable {
        let message: String
    }

    /// All matches in a text, from left to right; none is empty, and none overlaps another.
    func matches(in text: TextCursor) -> [Range<Int>] {
        var search = Search(program: program, text: text)
        var matches: [Range<Int>] = []
        var position = 0
        while position < text.bytes.count, let match = search.first(from: position) {
            if match.isEmpty {
                position = text.scalar(at: match.upperBound).next
            } else {
                matches.append(match)
                position = match.upperBound
            }
            if position >= text.bytes.count { break }
        }
        return matches
    }
}

/// The running automaton.
private struct Search {
    private struct Thread {
        let instruction: Int
        let start: Int
    }

    private let program: [SplitExpression.Node.Instruction]
    private let text: TextCursor
    private var current: [Thread] = []
    private var next: [Thread] = []
    /// When an instruction was last reached, by the number of the step.
    private var visits: [Int]
    private var step = 0
    private var pending: [Int] = []
    /// Characters that may still be read. Expressions that look far ahead of what they match are cut off, which bounds the time.
    private var budget: Int

    init(program: [SplitExpression.Node.Instruction], text: TextCursor) {
        self.program = program
        self.text = text
        visits = [Int](repeating: 0, count: program.count)
        budget = 4096 + 32 * text.bytes.count
    }

    mutating func first(from start: Int) -> Range<Int>? {
        var found: Range<Int>?
        var position = start
        current.removeAll(keepingCapacity: true)
        step += 1
        while true {
            if found == nil { follow(0, start: position, at: position, into: \.current) }
            guard !current.isEmpty || (found == nil && position < text.bytes.count), budget > 0 else { return found }
            budget -= 1
            step += 1
            next.removeAll(keepingCapacity: true)
            let scalar = position < text.bytes.count ? text.scalar(at: position) : nil
            for thread in current {
                switch program[thread.instruction] {
                case .match:
                    found = thread.start..<position
                case .scalar(let set):
                    guard let scalar, set.contains(scalar.scalar) else { continue }
                    follow(thread.instruction + 1, start: thread.start, at: scalar.next, into: \.next)
                    continue
                default: continue
                }
                // What comes after a match in the list is less preferred.
                break
            }
            guard let scalar else { return found }
            position = scalar.next
            swap(&current, &next)
        }
    }

    /// Adds an instruction and all that it leads to without reading a character, the preferred first.
    private mutating func follow(_ instruction: Int, start: Int, at position: Int, into list: WritableKeyPath<Search, [Thread]>) {
        pending.append(instruction)
        while let index = pending.popLast() {
            guard visits[index] != step else { continue }
            visits[index] = step
            switch program[index] {
            case .scalar, .match: self[keyPath: list].append(Thread(instruction: index, start: start))
            case .split(let first, let second):
                pending.append(second)
                pending.append(first)
            case .jump(let target): pending.append(target)
            case .assertion(let assertion): if holds(assertion, at: position) { pending.append(index + 1) }
            }
        }
    }

    /// Whether another program matches at a position.
    private mutating func matches(_ program: [SplitExpression.Node.Instruction], at position: Int) -> Bool {
        if case .scalar(let set) = program[0], case .match = program[1] {
            return position < text.bytes.count && set.contains(text.scalar(at: position).scalar)
        }
        var inner = Search(program: program, text: text)
        inner.budget = min(budget, 1024)
        var place = position
        inner.step += 1
        inner.follow(0, start: position, at: place, into: \.current)
        while !inner.current.isEmpty, inner.budget > 0 {
            inner.budget -= 1
            budget -= 1
            let threads = inner.current
            if threads.contains(where: { program[$0.instruction] == .match }) { return true }
            guard place < text.bytes.count else { return false }
            let (scalar, following) = text.scalar(at: place)
            inner.current.removeAll(keepingCapacity: true)
            inner.step += 1
            for thread in threads {
                if case .scalar(let set) = program[thread.instruction], set.contains(scalar) {
                    inner.follow(thread.instruction + 1, start: position, at: following, into: \.current)
                }
            }
            place = following
        }
        return false
    }

    private mutating func holds(_ assertion: SplitExpression.Assertion, at position: Int) -> Bool {
        let (text, count) = (text, text.bytes.count)
        func isWord(_ isBefore: Bool) -> Bool {
            if isBefore { return position > 0 && ScalarClass.word.contains(text.scalar(before: position).scalar) }
            return position < count && ScalarClass.word.contains(text.scalar(at: position).scalar)
        }
        return switch assertion {
        case .lineStart: position == 0 || text.bytes[position - 1] == 0x0A
        case .lineEnd: position == count || text.bytes[position] == 0x0A
        case .textStart: position == 0
        case .textEnd: position == count
        case .wordBoundary: isWord(true) != isWord(false)
        case .noWordBoundary: isWord(true) == isWord(false)
        case .lookAhead(let program, let isNegative): matches(program, at: position) != isNegative
        }
    }
}
