/// The vocabulary's texts by id, and ids by text, compared byte for byte.
///
/// Swift strings compare canonically equivalent texts as equal; vocabularies must not, so texts are bytes here. They
/// lie one after the other in one array, which keeps a vocabulary of 150,000 tokens to a few megabytes.
struct TokenTable: Sendable {
    private var bytes: [UInt8] = []
    private let hidden: Set<Int32>
    /// Where the text of an id starts; one more than there are ids.
    private var starts: [Int] = [0]
    /// Open addressing: an id, or -1.
    private var slots: [Int32]
    private let mask: Int
    let maximumByteCount: Int

    /// - Parameters:
    ///   - tokens: the text of each id; nil where the vocabulary has no token.
    ///   - hidden: ids that ``id(of:)`` does not find, so that no text can become a token that steers the model.
    init(_ tokens: [[UInt8]?], hidden: Set<Int32> = []) {
        var capacity = 16
        while capacity < tokens.count * 2 { capacity *= 2 }
        mask = capacity - 1
        self.hidden = hidden
        slots = [Int32](repeating: -1, count: capacity)
        starts.reserveCapacity(tokens.count + 1)
        maximumByteCount = tokens.reduce(0) { max($0, $1?.count ?? 0) }
        for token in tokens {
            bytes += token ?? []
            starts.append(bytes.count)
        }
        for (id, token) in tokens.enumerated() {
            guard let token, !hidden.contains(Int32(id)) else { continue }
            let slot = token.withUnsafeBufferPointer { find($0) }
            // The first of several ids with one text is the one that encoding gives.
            if slots[slot] < 0 { slots[slot] = Int32(id) }
        }
    }

    var count: Int { starts.count - 1 }

    /// The text of an id; empty when there is none.
    subscript(id: Int32) -> ArraySlice<UInt8> {
        guard id >= 0, id < count else { return [] }
        return bytes[starts[Int(id)]..<starts[Int(id) + 1]]
    }

    /// The texts that ``id(of:)`` finds.
    var visible: [(text: [UInt8], value: Int32)] {
        (0..<Int32(count)).compactMap { id in
            let text = self[id]
            return text.isEmpty || hidden.contains(id) ? nil : (Array(text), id)
        }
    }

    func id(of text: UnsafeBufferPointer<UInt8>) -> Int32? {
        let id = slots[find(text)]
        return id < 0 ? nil : id
    }

    func id(of text: [UInt8]) -> Int32? { text.withUnsafeBufferPointer { id(of: $0) } }

    /// The slot that holds the text's id, or the free slot where it belongs.
    private func find(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(text))
        var slot = hasher.finalize() & mask
        while slots[slot] >= 0, !holds(slots[slot], text) { slot = (slot + 1) & mask }
        return slot
    }

    private func holds(_ id: Int32, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = starts[Int(id)]
        guard starts[Int(id) + 1] - start == text.count else { return false }
        for index in 0..<text.count where bytes[start + index] != text[index] { return false }
        return true
    }
}
