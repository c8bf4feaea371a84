/// BERT's WordPiece: the longest token from the left; where no token fits, the whole word is unknown.
struct WordPieceModel: TokenModel {
    /// Which tokens begin words, and which continue them.
    enum Marks: Sendable {
        /// Tokens that continue a word begin with this (`##`).
        case continuation([UInt8])
        /// Tokens that begin a word begin with this, which stands for the space before it (`▁`, in GGUF files).
        case start([UInt8])
    }

    /// The tokens that begin words, without their mark.
    private let starts: ByteTrie
    /// The tokens that continue words, without theirs.
    private let continuations: ByteTrie
    private let unknownID: Int32
    private let maximumCharactersPerWord: Int

    init(_ tokens: TokenTable, marks: Marks, unknownID: Int32, maximumCharactersPerWord: Int = .max) {
        let all = tokens.visible
        func marked(_ mark: [UInt8]) -> ByteTrie {
            ByteTrie(all.filter { $0.text.starts(with: mark) }.map { (Array($0.text.dropFirst(mark.count)), $0.value) })
        }
        switch marks {
        case .continuation(let mark): (starts, continuations) = (ByteTrie(all), marked(mark))
        case .start(let mark): (starts, continuations) = (marked(mark), ByteTrie(all.filter { !$0.text.starts(with: mark) }))
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
            guard let match = (position == 0 ? starts : continuations).longestMatch(word, at: position) else {
                ids.removeSubrange(count...)
                return ids.append(unknownID)
            }
            ids.append(match.value)
            workspace.steps += match.end - position
            position = match.end
        }
    }
}
