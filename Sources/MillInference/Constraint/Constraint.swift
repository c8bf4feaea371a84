import MillSchema
import MillTokenizer
import Synchronization

/// A JSON Schema compiled against a vocabulary: which tokens may follow where, so that every answer is valid JSON of
/// that schema.
///
/// One constraint serves any number of sessions; masks are worked out once for each state of the automaton and kept.
public final class Constraint: Sendable {
    /// What may follow in one state.
    package struct Step: Sendable {
        package let tokens: TokenMask
        /// Whether the answer may end here.
        let isAccepting: Bool
        /// The answer must end here.
        package let isComplete: Bool
        /// The only token that may follow, where there is no choice.
        let forced: Int32?
    }

    /// Masks beyond this many bytes in all are forgotten and worked out again when needed.
    private static let cacheByteLimit = 64 << 20

    private struct Cache {
        var steps: [JSONGrammar.State: Step] = [:]
        var byteCount = 0
    }

    private let grammar: JSONGrammar
    private let trie: VocabularyTrie
    private let tokenizer: Tokenizer
    private let cache = Mutex(Cache())

    /// Compiles a schema.
    ///
    /// - Throws: ``InferenceError/schema(_:)`` where no automaton guarantees it, ``InferenceError/noTokenFits(answer:)``
    ///   where no token of the vocabulary can start an answer.
    init(_ schema: JSONSchema, _ trie: VocabularyTrie, _ tokenizer: Tokenizer) throws(InferenceError) {
        do { grammar = try JSONGrammar(schema) } catch { throw .schema(error) }
        self.trie = trie
        self.tokenizer = tokenizer
        guard step(grammar.initialState).tokens.count > 0 else { throw .noTokenFits(answer: "an empty answer") }
    }

    package var initialState: JSONGrammar.State { grammar.initialState }

    /// The state after a token; nil if the token does not fit.
    package func advance(_ state: JSONGrammar.State, by token: Int32) -> JSONGrammar.State? {
        grammar.advance(state, bytes: tokenizer.bytes(of: token))
    }

    /// What may follow in a state.
    package func step(_ state: JSONGrammar.State) -> Step {
        if let known = cache.withLock({ $0.steps[state] }) { return known }
        var mask = TokenMask(vocabularySize: trie.vocabularySize)
        fill(&mask, from: 0, state)
        let isAccepting = grammar.isAccepting(state)
        let step = Step(
            tokens: mask, isAccepting: isAccepting, isComplete: isAccepting && grammar.allowedBytes(state).isEmpty,
            forced: isAccepting ? nil : mask.single)
        cache.withLock { cache in
            if cache.byteCount > Self.cacheByteLimit { cache = Cache() }
            cache.steps[state] = step
            cache.byteCount += mask.byteCount + 256
        }
        return step
    }

    /// Adds the tokens below a node that the automaton can read from a state.
    private func fill(_ mask: inout TokenMask, from node: Int, _ state: JSONGrammar.State) {
        let allowed = grammar.allowedBytes(state)
        for child in trie.nodes[node].children {
            let next = trie.nodes[Int(child)]
            guard allowed.contains(next.byte), let after = grammar.advance(state, next.byte) else { continue }
            for token in next.tokens { mask.insert(trie.tokens[Int(token)]) }
            if !next.children.isEmpty { fill(&mask, from: Int(child), after) }
        }
    }
}
