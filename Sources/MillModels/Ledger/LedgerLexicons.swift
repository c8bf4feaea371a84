/// The lists of words and of Chinese phrases, ready to be looked up.
struct LedgerLexicons: Sendable {
    private struct Node: Sendable {
        var next: [Unicode.Scalar: Int] = [:]
        /// The lists that have the phrase which ends here.
        var lists: [Int] = []
    }

    private let words: [ArraySlice<Unicode.Scalar>: LedgerFlagSet]
    private let longestWord: Int
    /// A tree of the phrases; the first node is its root.
    private let nodes: [Node]
    /// Bits of `name.first` and `name.more` of each list.
    private let first: [LedgerFlagSet]
    private let more: [LedgerFlagSet]
    private let exchange: LedgerFlagSet
    let unit: LedgerFlagSet
    let currency: LedgerFlagSet

    init(_ lexicons: [LedgerConfiguration.Lexicon], _ columns: LedgerFlagColumns) {
        var words: [ArraySlice<Unicode.Scalar>: LedgerFlagSet] = [:]
        var nodes = [Node()]
        for (list, lexicon) in lexicons.enumerated() {
            for word in lexicon.words { words[ArraySlice(word.unicodeScalars), default: 0] |= columns["\(lexicon.name).first"] }
            for phrase in lexicon.phrases where !phrase.isEmpty {
                var node = 0
                for scalar in phrase.unicodeScalars {
                    if let next = nodes[node].next[scalar] {
                        node = next
                    } else {
                        nodes.append(Node())
                        nodes[node].next[scalar] = nodes.count - 1
                        node = nodes.count - 1
                    }
                }
                if nodes[node].lists.last != list { nodes[node].lists.append(list) }
            }
        }
        self.words = words
        self.nodes = nodes
        longestWord = words.keys.lazy.map(\.count).max() ?? 0
        first = lexicons.map { columns["\($0.name).first"] }
        more = lexicons.map { columns["\($0.name).more"] }
        exchange = columns["exchange.first"]
        unit = columns["unit.first"]
        currency = columns["currency.first"]
    }

    /// The lists that have the word at this place.
    func flags(ofWord range: Range<Int>, in text: LedgerText) -> LedgerFlagSet {
        guard range.count <= longestWord, let found = words[text.lower[range]] else { return 0 }
        return text.scalars[range.lowerBound].isUpper ? found : found & ~exchange
    }

    /// Whether any list has the word.
    func contains(_ range: Range<Int>, in text: LedgerText) -> Bool {
        range.count <= longestWord && words[text.lower[range]] != nil
    }

    /// Whether one of the lists whose bits are given has the word.
    func contains(_ range: Range<Int>, in text: LedgerText, _ lists: LedgerFlagSet) -> Bool {
        guard range.count <= longestWord, let found = words[text.lower[range]] else { return false }
        return found & lists != 0
    }

    /// Marks the phrases in a run of Chinese characters: for each list by itself, from left to right, the longest.
    ///
    /// - Parameters:
    ///   - places: of the characters in the text.
    ///   - flags: of their tokens.
    func markPhrases(_ places: Range<Int>, in text: LedgerText, _ flags: inout ArraySlice<LedgerFlagSet>) {
        var free = [Int](repeating: places.lowerBound, count: first.count)
        var ends: [(node: Int, end: Int)] = []
        for start in places {
            ends.removeAll(keepingCapacity: true)
            var (node, end) = (0, start)
            while end < places.upperBound, let next = nodes[node].next[text.scalars[end]] {
                node = next
                end += 1
                if !nodes[node].lists.isEmpty { ends.append((node, end)) }
            }
            for (node, end) in ends.reversed() {
                for list in nodes[node].lists where free[list] <= start {
                    free[list] = end
                    let token = flags.startIndex + (start - places.lowerBound)
                    flags[token] |= first[list]
                    for other in 1..<max(end - start, 1) { flags[token + other] |= more[list] }
                }
            }
        }
    }
}
