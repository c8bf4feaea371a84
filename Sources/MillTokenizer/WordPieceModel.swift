/// BERT's WordPiece: the longest token from the left, continuing pieces marked by a prefix.
struct WordPieceModel: TokenModel {
    let table: TokenTable
    let unknownID: Int32
    let continuationPrefix: [UInt8]
    let maximumCharactersPerWord: Int

    func encode(_ word: UnsafeBufferPointer<UInt8>, into ids: inout [Int32], workspace: inout ModelWorkspace) {
        guard word.count(where: { $0 & 0xC0 != 0x80 }) <= maximumCharactersPerWord else { return ids.append(unknownID) }
        let text = TextCursor(word)
        var pieces: [Int32] = []
        var start = 0
        while start < word.count {
            var end = word.count
            var match: Int32?
            while end > start {
                let piece = (start > 0 ? continuationPrefix : []) + word[start..<end]
                match = piece.count <= table.maximumByteCount ? table.id(of: piece) : nil
                if match != nil { break }
                end = text.scalar(before: end).start
            }
            guard let match else { return ids.append(unknownID) }
            pieces.append(match)
            start = end
        }
        ids += pieces
    }
}
