/// A map from pairs of 32-bit numbers to pairs of 32-bit numbers: merges (left, right) to (rank, merged), and tries.
struct PairTable: Sendable {
    private var keys: [UInt64]
    private var values: [UInt64]
    private var count = 0
    /// Differs from process to process, so that no file can be made whose pairs all collide.
    private static let multiplier = UInt64.random(in: .min ... .max) | 1
    private static let free = UInt64.max

    init(minimumCapacity: Int = 8) {
        var capacity = 16
        while capacity < minimumCapacity * 2 { capacity *= 2 }
        keys = [UInt64](repeating: Self.free, count: capacity)
        values = [UInt64](repeating: 0, count: capacity)
    }

    /// The value of a pair. `UInt32.max` twice is no valid pair.
    subscript(left: UInt32, right: UInt32) -> (UInt32, UInt32)? {
        let slot = find(Self.pack(left, right))
        guard keys[slot] != Self.free else { return nil }
        return (UInt32(values[slot] >> 32), UInt32(truncatingIfNeeded: values[slot]))
    }

    /// Adds a pair; one that is there already keeps its value.
    mutating func insert(_ left: UInt32, _ right: UInt32, _ first: UInt32, _ second: UInt32) {
        if (count + 1) * 2 > keys.count { grow() }
        let key = Self.pack(left, right)
        let slot = find(key)
        guard keys[slot] == Self.free else { return }
        keys[slot] = key
        values[slot] = Self.pack(first, second)
        count += 1
    }

    private mutating func grow() {
        let old = zip(keys, values).filter { $0.0 != Self.free }
        keys = [UInt64](repeating: Self.free, count: keys.count * 2)
        values = [UInt64](repeating: 0, count: keys.count)
        for (key, value) in old {
            let slot = find(key)
            (keys[slot], values[slot]) = (key, value)
        }
    }

    private func find(_ key: UInt64) -> Int {
        let product = key.multipliedFullWidth(by: Self.multiplier)
        var slot = Int(truncatingIfNeeded: product.high ^ product.low >> 17) & (keys.count - 1)
        while keys[slot] != key, keys[slot] != Self.free { slot = (slot + 1) & (keys.count - 1) }
        return slot
    }

    private static func pack(_ high: UInt32, _ low: UInt32) -> UInt64 { UInt64(high) << 32 | UInt64(low) }
}
