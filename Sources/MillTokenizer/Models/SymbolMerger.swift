/// A piece of text during merging: a token's id, or -1 while no token has this text.
struct Symbol {
    var id: Int32
    /// Bytes of the text; `start == end` marks a symbol that was merged into its left neighbour.
    var start: Int
    var end: Int
    var previous: Int = -1
    var next: Int = -1

    var isDead: Bool { start == end }
}

/// Says which neighbours may be merged, and which merge comes first.
protocol MergeRule {
    /// The merge of two neighbouring symbols: the lower the rank, the earlier. Nil when they are not merged.
    func merge(_ left: Symbol, _ right: Symbol) -> (rank: UInt32, id: Int32)?
}

/// Merges symbols pair by pair, the lowest rank first and the leftmost among equals, in O(n log n).
struct SymbolMerger {
    private var heap = MinHeap()
    /// Merges tried so far.
    private var steps = 0

    /// On return the live symbols are the tokens, from `symbols[0]` along `next`.
    mutating func merge(_ symbols: inout [Symbol], by rule: some MergeRule) {
        guard symbols.count > 1 else { return }
        for index in symbols.indices {
            symbols[index].previous = index - 1
            symbols[index].next = index + 1 < symbols.count ? index + 1 : -1
        }
        heap.removeAll()
        for index in 0..<symbols.count - 1 { push(index, symbols, rule) }
        while let entry = heap.popMinimum() {
            steps += 1
            let left = Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)
            let right = symbols[left].next
            guard !symbols[left].isDead, right >= 0, let merge = rule.merge(symbols[left], symbols[right]),
                merge.rank == UInt32(truncatingIfNeeded: entry >> 32)
            else { continue }
            symbols[left].id = merge.id
            symbols[left].end = symbols[right].end
            symbols[left].next = symbols[right].next
            symbols[right].end = symbols[right].start
            if symbols[left].next >= 0 {
                symbols[symbols[left].next].previous = left
                push(left, symbols, rule)
            }
            if symbols[left].previous >= 0 { push(symbols[left].previous, symbols, rule) }
        }
    }

    /// How many merges were tried since this was asked.
    mutating func takeSteps() -> Int {
        defer { steps = 0 }
        return steps
    }

    private mutating func push(_ index: Int, _ symbols: [Symbol], _ rule: some MergeRule) {
        guard let merge = rule.merge(symbols[index], symbols[symbols[index].next]) else { return }
        heap.insert(UInt64(merge.rank) << 32 | UInt64(truncatingIfNeeded: index) & 0xFFFF_FFFF)
    }
}
