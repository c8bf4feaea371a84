/// BERT's WordPiece: the longest token from the left; where no token fits, the whole word is unknown.
struct WordPieceModel: TokenModel {
    /// Which tokens begin words, and which continue them.
    enum Marks: Sendable {
        /// Tokens that continue a word begin with this (`##`).
        case continuation([UInt8])
        /// Tokens that begin a word begin with this, which stands for the space before it (`▁`, in GGUF files).
        case start([UInt8])
    }

    private let trie: ByteTrie
    /// The nodes from which the tokens that begin and continue words go on; nil where there are none.
    private let start: Int32?
    private let continuation: Int32?
    private let unknownID: Int32
    private let maximumCharactersPerWord: Int

    init(_ tokens: TokenTable, marks: Marks, unknownID: Int32, maximumCharactersPerWord: Int = .max) {
        trie = ByteTrie(tokens.visible)
        switch marks {
        case .continuation(let prefix): (start, continuation) = (ByteTrie.root, trie.node(of: prefix))
        case .start(let prefix): (start, continuation) = (trie.node(of: prefix), ByteTrie.root)
        }
        self.unknownID = unknownID
        self.maximumCharactersPerWord = maximumCharactersPerWord
    }

    func encode(_ word: UnsafeBufferPointer<UInt8>, into ids: inout [Int32], workspace: inout ModelWorkspace) {
        guard word.count <= maximumCharactersPerWord || word.count(where: { $0 & 0xC0 != 0x80 }) <= maximumCharactersPerWord
        else {
            return ids.append(unknownID)
        }
        let count = ids.count
        var position = 0
        while position < word.count {
            // A match ends with a character, since tokens are whole characters.
            guard let node = position == 0 ? start : continuation,
                let match = trie.longestMatch(word, at: position, from: node)
            else {
                ids.removeSubrange(count...)
                return ids.append(unknownID)
            }
            ids.append(match.value)
            workspace.steps += match.end - position
            position = match.end
        }
    }
}
