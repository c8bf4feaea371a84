import CMillKernels

/// The C worker pool, ended with its last user.
///
/// The pool is fork-safe in this sense: a child process has no workers, and calls in it run on the calling thread.
final class WorkerPool: @unchecked Sendable {
    let pointer: OpaquePointer?
    let threadCount: Int

    init(threadCount: Int) {
        pointer = mill_pool_create(Int32(clamping: max(threadCount, 1)))
        self.threadCount = pointer.map { Int(mill_pool_threads($0)) } ?? 1
    }

    deinit { if let pointer { mill_pool_destroy(pointer) } }
}
