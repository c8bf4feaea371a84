import Synchronization

/// Counts the bytes that were copied between tensors, so that a run can report them.
public final class CopyAccounting: Sendable {
    /// The counter of this process.
    public static let shared = CopyAccounting()

    private let copied = Atomic<Int>(0)

    public init() {}

    /// Bytes copied since the start.
    public var byteCount: Int { copied.load(ordering: .relaxed) }

    /// Adds to the count; whoever copies tensor content calls this.
    public func record(byteCount: Int) { copied.wrappingAdd(byteCount, ordering: .relaxed) }
}
