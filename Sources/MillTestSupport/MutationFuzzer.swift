import MillTensor
import MillValue

/// Damages files in ways that break readers: the same seed gives the same files.
public struct MutationFuzzer: RandomNumberGenerator {
    private var generator: SeededGenerator

    /// Numbers at which sizes, offsets and counts overflow.
    private static let edges: [UInt64] = [
        0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 32, 1 << 61, 1 << 62, (1 << 63) - 1,
        1 << 63,
        .max - 31, .max,
    ]

    public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    public mutating func next() -> UInt64 { generator.next() }

    /// The content with one to eight changes: bits, bytes, numbers, pieces cut out, doubled or moved, the end cut off.
    public mutating func mutate(_ seed: [UInt8]) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...8, using: &self) where !bytes.isEmpty { change(&bytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let index = Int.random(in: 0..<bytes.count, using: &self)
        let piece = index..<min(bytes.count, index + Int.random(in: 1...64, using: &self))
        switch Int.random(in: 0..<8, using: &self) {
        case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &self)
        case 1: bytes[index] = UInt8.random(in: 0...255, using: &self)
        case 2, 3:
            let value = Self.edges.randomElement(using: &self) ?? 0
            let width = [1, 2, 4, 8].randomElement(using: &self) ?? 8
            for offset in 0..<width where index + offset < bytes.count {
                bytes[index + offset] = UInt8(truncatingIfNeeded: value >> UInt64(8 * offset))
            }
        case 4: bytes.removeSubrange(piece)
        case 5: bytes.insert(contentsOf: Array(bytes[piece]), at: Int.random(in: 0...bytes.count, using: &self))
        case 6:
            let target = Int.random(in: 0..<bytes.count, using: &self)
            for (offset, byte) in bytes[piece].enumerated() where target + offset < bytes.count { bytes[target + offset] = byte }
        default: bytes.removeLast(min(bytes.count, Int.random(in: 1...256, using: &self)))
        }
    }

    /// The bytes as readers of mapped files get them.
    public static func storage(_ bytes: [UInt8]) throws -> Storage {
        let storage = try Storage.allocate(byteCount: bytes.count)
        bytes.withUnsafeBytes { source in
            if let start = source.baseAddress { storage.base.copyMemory(from: start, byteCount: source.count) }
        }
        return storage
    }
}
