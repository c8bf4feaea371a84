/// Turns one word into tokens.
protocol TokenModel: Sendable {
    /// - Parameters:
    ///   - word: valid UTF-8, not empty.
    ///   - workspace: buffers to use again from word to word.
    func encode(_ word: UnsafeBufferPointer<UInt8>, into ids: inout [Int32], workspace: inout ModelWorkspace)
}

/// The buffers of one call of `encode`.
struct ModelWorkspace {
    var symbols: [Symbol] = []
    var merger = SymbolMerger()
    /// Symbols merged and nodes of tries visited, which tests hold to a multiple of the text's length.
    var steps = 0
}

/// The tokens `<0x00>` to `<0xFF>` that stand for bytes which no other token covers.
struct ByteTokens: Sendable {
    private let ids: [Int32]

    /// Nil when the vocabulary lacks one of the 256.
    init?(_ tokens: [[UInt8]?]) {
        var ids = [Int32](repeating: -1, count: 256)
        for (id, text) in tokens.enumerated() {
            if let text, let byte = Self.byte(of: text[...]) { ids[Int(byte)] = Int32(id) }
        }
        guard !ids.contains(-1) else { return nil }
        self.ids = ids
    }

    subscript(byte: UInt8) -> Int32 { ids[Int(byte)] }

    /// The byte that a token's text stands for.
    static func byte(of text: ArraySlice<UInt8>) -> UInt8? {
        guard text.count == 6, text.starts(with: "<0x".utf8), text.last == UInt8(ascii: ">") else { return nil }
        return UInt8(String(decoding: text.dropFirst(3).prefix(2), as: UTF8.self), radix: 16)
    }
}
