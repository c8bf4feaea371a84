/// A binary heap of numbers, the smallest first.
struct MinHeap {
    private var items: [UInt64] = []

    var isEmpty: Bool { items.isEmpty }

    mutating func removeAll() { items.removeAll(keepingCapacity: true) }

    mutating func insert(_ item: UInt64) {
        var index = items.count
        items.append(item)
        items.withUnsafeMutableBufferPointer { items in
            while index > 0 {
                let parent = (index - 1) / 2
                guard items[parent] > item else { break }
                items[index] = items[parent]
                index = parent
            }
            items[index] = item
        }
    }

    mutating func popMinimum() -> UInt64? {
        guard let last = items.popLast() else { return nil }
        guard let first = items.first else { return last }
        items.withUnsafeMutableBufferPointer { items in
            var index = 0
            while true {
                var child = 2 * index + 1
                guard child < items.count else { break }
                if child + 1 < items.count, items[child + 1] < items[child] { child += 1 }
                guard items[child] < last else { break }
                items[index] = items[child]
                index = child
            }
            items[index] = last
        }
        return first
    }
}
