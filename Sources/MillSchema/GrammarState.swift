extension JSONGrammar {
    /// Where the automaton stands after some bytes: a value that is cheap to copy, compare and hash.
    public struct State: Sendable, Hashable {
        /// The ways in which the text can be read so far; more than one only while alternatives have a common beginning.
        var threads: [GrammarThread] = []
        var isAccepting = false
    }
}

/// One way of reading the text: a stack of open values, the innermost on top.
struct GrammarThread: Sendable, Hashable {
    var top: GrammarFrame
    var below: GrammarStack?

    var depth: Int32 { below.map { $0.depth + 1 } ?? 0 }
}

/// The part of a stack below its top; shared between states.
final class GrammarStack: Sendable, Hashable {
    let frame: GrammarFrame
    let below: GrammarStack?
    let depth: Int32
    private let hash: Int

    init(_ frame: GrammarFrame, below: GrammarStack?) {
        self.frame = frame
        self.below = below
        depth = below.map { $0.depth + 1 } ?? 0
        var hasher = Hasher()
        hasher.combine(frame)
        hasher.combine(below?.hash)
        hash = hasher.finalize()
    }

    static func == (lhs: GrammarStack, rhs: GrammarStack) -> Bool {
        lhs === rhs || lhs.hash == rhs.hash && lhs.frame == rhs.frame && lhs.below == rhs.below
    }

    func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}
