/// A first-in first-out queue from which packets in the middle can be taken, too.
struct PacketQueue {
    struct Item {
        let packet: Packet
        /// The order in which packets reached this run's queues.
        let arrival: Int
        /// When it reached the queue.
        let time: Duration
    }

    private var storage: [Item?] = []
    private var head = 0

    var count: Int { storage.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Item? { isEmpty ? nil : storage[head] }

    subscript(index: Int) -> Item? { storage[head + index] }

    mutating func append(_ item: Item) { storage.append(item) }

    mutating func popFirst() -> Item? {
        guard !isEmpty else { return nil }
        let item = storage[head]
        storage[head] = nil
        head += 1
        if head == storage.count {
            storage.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 64, head * 2 >= storage.count {
            storage.removeFirst(head)
            head = 0
        }
        return item
    }

    mutating func remove(at index: Int) -> Item? {
        if index == 0 { return popFirst() }
        return storage.remove(at: head + index)
    }

    var packets: [Packet] { storage[head...].compactMap { $0?.packet } }

    mutating func removeAll(where isUnwanted: (Packet) -> Bool) {
        storage = storage[head...].filter { item in item.map { !isUnwanted($0.packet) } ?? false }
        head = 0
    }

    /// The place of the packet with that key and sequence.
    func index(key: String, sequence: Int) -> Int? {
        (0..<count).first { self[$0]?.packet.sequence == sequence && self[$0]?.packet.key == key }
    }
}
