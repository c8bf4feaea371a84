import CMillSystem
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

extension CopyAccounting {
    /// Does work that must not copy tensors: everything between a decoder's output and a model's logits.
    ///
    /// The copy counter of `Tools/copy-counter`, when it is preloaded, counts the `memcpy` and `memmove` calls of this
    /// thread (and of the compute pool) meanwhile; otherwise this only calls `body`. Regions nest and belong to their thread,
    /// so `body` must be synchronous.
    public static func region<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        beginRegion()
        defer { endRegion() }
        return try body()
    }

    /// Begins a ``region(_:)`` on this thread, for work that is no single call.
    public static func beginRegion() { mill_copy_region_begin() }

    /// Ends what ``beginRegion()`` began, on the same thread.
    public static func endRegion() { mill_copy_region_end() }
}
