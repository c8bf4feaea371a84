import Glibc
import Synchronization

/// Recycles aligned buffers, so that a loop that works on pictures of one size allocates only in its first rounds.
///
/// A storage goes back to its pool when its last reference goes. Buffers are kept by size class (powers of two
/// and their halfway points), up to `byteLimit` bytes in all.
public final class StoragePool: Sendable {
    private struct State {
        var free: [Int: [SendablePointer]] = [:]
        var keptByteCount = 0
        var allocationCount = 0
        var reuseCount = 0
    }

    private struct SendablePointer: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
    }

    /// How often the pool was asked, and how often it could answer without the system.
    public struct Statistics: Sendable, Hashable {
        public let allocationCount: Int
        public let reuseCount: Int
        public let keptByteCount: Int
    }

    /// The pool that image decoders and encoders use unless they are given another.
    public static let `default` = StoragePool(byteLimit: 256 << 20)

    private let byteLimit: Int
    private let state = Mutex(State())

    /// - Parameter byteLimit: how many bytes of unused buffers are kept.
    public init(byteLimit: Int) { self.byteLimit = byteLimit }

    deinit {
        state.withLock { state in
            for buffers in state.free.values { for buffer in buffers { Glibc.free(buffer.pointer) } }
        }
    }

    public var statistics: Statistics {
        state.withLock {
            Statistics(allocationCount: $0.allocationCount, reuseCount: $0.reuseCount, keptByteCount: $0.keptByteCount)
        }
    }

    /// A buffer of at least `byteCount` bytes with unspecified content.
    public func take(byteCount: Int) throws(TensorError) -> Storage {
        let capacity = try Self.sizeClass(byteCount)
        let recycled = state.withLock { state -> SendablePointer? in
            guard let buffer = state.free[capacity]?.popLast() else {
                state.allocationCount += 1
                return nil
            }
            state.keptByteCount -= capacity
            state.reuseCount += 1
            return buffer
        }
        let base: UnsafeMutableRawPointer
        if let recycled { base = recycled.pointer } else { base = try Storage.allocateAligned(byteCount: capacity) }
        return Storage(kind: .owned, byteCount: byteCount, base: base) { [weak self] pointer in
            guard let self else { return Glibc.free(pointer) }
            self.giveBack(SendablePointer(pointer: pointer), capacity: capacity)
        }
    }

    private func giveBack(_ buffer: SendablePointer, capacity: Int) {
        let isKept = state.withLock { state in
            guard state.keptByteCount + capacity <= byteLimit else { return false }
            state.free[capacity, default: []].append(buffer)
            state.keptByteCount += capacity
            return true
        }
        if !isKept { Glibc.free(buffer.pointer) }
    }

    private static func sizeClass(_ byteCount: Int) throws(TensorError) -> Int {
        guard byteCount >= 0, byteCount < 1 << 46 else { throw .outOfMemory(byteCount: byteCount) }
        var power = 4096
        while power < byteCount { power *= 2 }
        let halfway = power / 4 * 3
        return halfway >= byteCount && halfway >= 4096 ? halfway : power
    }
}
