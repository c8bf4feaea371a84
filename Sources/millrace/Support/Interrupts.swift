import CMillSystem
import Glibc
import Synchronization

/// Ctrl-C and termination as events: the first one asks for a clean end, the second one for an immediate one.
enum Interrupts {
    private static let count = Atomic<Int>(0)

    /// Whether at least one interrupt came.
    static var happened: Bool { count.load(ordering: .relaxed) > 0 }

    /// Calls `handler` with 1, 2, … at each interrupt, on a thread of its own. Until this is called, an interrupt ends the
    /// program.
    static func observe(_ handler: @escaping @Sendable (Int) -> Void) {
        let events = mill_count_interrupts()
        guard events >= 0 else { return Console.warning("Ctrl-C ends at once: \(String(cString: strerror(-events)))") }
        startThread {
            var more: UInt64 = 0
            while read(events, &more, MemoryLayout<UInt64>.size) == MemoryLayout<UInt64>.size || errno == EINTR {
                for _ in 0..<more { handler(count.add(1, ordering: .relaxed).newValue) }
                more = 0
            }
        }
    }

    private static func startThread(_ body: @escaping @Sendable () -> Void) {
        final class Box: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Box(body)).toOpaque()
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, argument)
        pthread_detach(thread)
    }
}
