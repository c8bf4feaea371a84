/// A set of byte values.
public struct ByteSet: Sendable, Hashable {
    private var words: SIMD4<UInt64> = .zero

    public init() {}

    public init(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { insert(byte) }
    }

    public func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] & (1 << UInt64(byte & 63)) != 0 }

    public mutating func insert(_ byte: UInt8) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }

    public mutating func insert(_ range: ClosedRange<UInt8>) {
        for byte in range { insert(byte) }
    }

    public mutating func formUnion(_ other: ByteSet) { words |= other.words }

    public var isEmpty: Bool { words == .zero }

    public var count: Int { (0..<4).reduce(0) { $0 + words[$1].nonzeroBitCount } }

    /// The only member, if there is exactly one.
    public var single: UInt8? { count == 1 ? first : nil }

    /// The smallest member.
    public var first: UInt8? {
        for word in 0..<4 where words[word] != 0 { return UInt8(word * 64 + words[word].trailingZeroBitCount) }
        return nil
    }

    /// All members in ascending order.
    public var members: [UInt8] { (UInt8.min...UInt8.max).filter(contains) }
}
