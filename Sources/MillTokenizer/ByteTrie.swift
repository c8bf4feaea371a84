/// Byte strings as a tree: all that begin a text are found in one walk along it.
struct ByteTrie: Sendable {
    /// The children of node `n` are the nodes `firstChildren[n]..<firstChildren[n + 1]`, sorted by their bytes.
    private var firstChildren: [Int32] = []
    private var bytes: [UInt8] = []
    /// What ends at a node, or -1.
    private var values: [Int32] = []
    /// The root's children by byte, or -1.
    private var rootChildren = [Int32](repeating: -1, count: 256)

    static let root: Int32 = 0

    /// - Parameter entries: texts and what they stand for, 0 or more; empty texts are left out, and of equal texts the first counts.
    init(_ entries: [(text: [UInt8], value: Int32)]) {
        let order = entries.indices.filter { !entries[$0].text.isEmpty }.sorted { left, right in
            let (first, second) = (entries[left].text, entries[right].text)
            return first == second ? left < right : first.lexicographicallyPrecedes(second)
        }
        bytes = [0]
        values = [-1]
        // Each node stands for a run of the sorted texts that agree up to its depth; nodes are made level by level.
        var open: [(run: Range<Int>, depth: Int)] = [(0..<order.count, 0)]
        var next = 0
        while next < open.count {
            let (run, depth) = open[next]
            var position = run.lowerBound
            while position < run.upperBound, entries[order[position]].text.count == depth {
                if values[next] < 0 { values[next] = entries[order[position]].value }
                position += 1
            }
            firstChildren.append(Int32(open.count))
            while position < run.upperBound {
                let byte = entries[order[position]].text[depth]
                let start = position
                while position < run.upperBound, entries[order[position]].text[depth] == byte { position += 1 }
                if next == 0 { rootChildren[Int(byte)] = Int32(open.count) }
                open.append((start..<position, depth + 1))
                bytes.append(byte)
                values.append(-1)
            }
            next += 1
        }
        firstChildren.append(Int32(open.count))
    }

    /// The node that a byte leads to.
    func child(of node: Int32, _ byte: UInt8) -> Int32? {
        if node == Self.root {
            let child = rootChildren[Int(byte)]
            return child < 0 ? nil : child
        }
        var (low, high) = (Int(firstChildren[Int(node)]), Int(firstChildren[Int(node) + 1]))
        while low < high {
            let middle = (low + high) / 2
            if bytes[middle] == byte { return Int32(middle) }
            if bytes[middle] < byte { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// The node that a text leads to from the root.
    func node(of text: some Sequence<UInt8>) -> Int32? {
        var node = Self.root
        for byte in text {
            guard let child = child(of: node, byte) else { return nil }
            node = child
        }
        return node
    }

    /// What the texts that end at a node stand for.
    func value(at node: Int32) -> Int32? {
        let value = values[Int(node)]
        return value < 0 ? nil : value
    }

    /// The longest text that `bytes` has at `start`.
    func longestMatch(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> (value: Int32, end: Int)? {
        var node = Self.root
        var result: (Int32, Int)?
        for index in start..<text.count {
            guard let child = child(of: node, text[index]) else { break }
            node = child
            if let value = value(at: node) { result = (value, index + 1) }
        }
        return result
    }
}
