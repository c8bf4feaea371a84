import MillSchema
import MillTokenizer
import Synchronization

/// A JSON Schema compiled against a vocabulary: which tokens may follow where, so that every answer is valid JSON of
/// that schema.
///
/// One constraint serves any number of sessions; masks are worked out once for each state of the automaton and kept.
public final class Constraint: Sendable {
    /// How an answer can go on from a state.
    package struct Outlook: Sendable {
        /// Whether the answer may end here.
        package let isAccepting: Bool
        /// The answer must end here.
        package let isComplete: Bool
        /// The only token that may follow, where there is no choice.
        package let forced: Int32?
    }

    /// Masks beyond this many bytes in all are forgotten and worked out again when needed.
    private static let cacheByteLimit = 64 << 20

    private struct Cache {
        var masks: [JSONGrammar.State: TokenMask] = [:]
        var outlooks: [JSONGrammar.State: Outlook] = [:]
        var byteCount = 0
    }

    /// What every answer keeps to.
    public let schema: JSONSchema
    private let grammar: JSONGrammar
    private let trie: VocabularyTrie
    private let tokenizer: Tokenizer
    private let cache = Mutex(Cache())

    /// Compiles a schema.
    ///
    /// - Throws: ``InferenceError/schema(_:)`` where no automaton guarantees it, ``InferenceError/noTokenFits(answer:)``
    ///   where no token of the vocabulary can start an answer.
    package init(_ schema: JSONSchema, _ trie: VocabularyTrie, _ tokenizer: Tokenizer) throws(InferenceError) {
        self.schema = schema
        do { grammar = try JSONGrammar(schema) } catch { throw .schema(error) }
        self.trie = trie
        self.tokenizer = tokenizer
        guard mask(grammar.initialState).count > 0 else { throw .noTokenFits(answer: "an empty answer") }
    }

    package var initialState: JSONGrammar.State { grammar.initialState }

    /// The state after a token; nil if the token does not fit.
    package func advance(_ state: JSONGrammar.State, by token: Int32) -> JSONGrammar.State? {
        grammar.advance(state, bytes: tokenizer.bytes(of: token))
    }

    /// How an answer can go on from a state.
    package func outlook(_ state: JSONGrammar.State) -> Outlook {
        if let known = cache.withLock({ $0.outlooks[state] }) { return known }
        let isAccepting = grammar.isAccepting(state)
        let bytes = grammar.allowedBytes(state)
        // Several bytes mean several tokens; only a single one is worth working out the mask for.
        let outlook = Outlook(
            isAccepting: isAccepting, isComplete: isAccepting && bytes.isEmpty,
            forced: isAccepting || bytes.single == nil ? nil : mask(state).single)
        keep(byteCount: 256) { $0.outlooks[state] = outlook }
        return outlook
    }

    /// Whether a token that spells something may follow in a state; what ``mask(_:)`` says, for one token.
    package func allows(_ token: Int32, in state: JSONGrammar.State) -> Bool {
        let bytes = tokenizer.bytes(of: token)
        return !bytes.isEmpty && bytes.count <= VocabularyTrie.longestToken && !tokenizer.isSpecial(token)
            && grammar.advance(state, bytes: bytes) != nil
    }

    /// The tokens that may follow in a state.
    package func mask(_ state: JSONGrammar.State) -> TokenMask {
        if let known = cache.withLock({ $0.masks[state] }) { return known }
        var mask = TokenMask(vocabularySize: trie.vocabularySize)
        fill(&mask, from: 0, state)
        keep(byteCount: mask.byteCount + 256) { $0.masks[state] = mask }
        return mask
    }

    private func keep(byteCount: Int, _ change: (inout Cache) -> Void) {
        cache.withLock { cache in
            if cache.byteCount > Self.cacheByteLimit { cache = Cache() }
            change(&cache)
            cache.byteCount += byteCount
        }
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
