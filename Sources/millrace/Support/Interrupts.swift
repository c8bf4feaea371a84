import Glibc
import Synchronization

/// Ctrl-C and termination as events: the first one asks for a clean end, the second one for an immediate one.
enum Interrupts {
    private static let count = Atomic<Int>(0)

    /// Keeps SIGINT and SIGTERM from ending the program; called before any other thread exists, so that all inherit it.
    static func block() {
        var signals = signalSet
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Whether at least one interrupt came.
    static var happened: Bool { count.load(ordering: .relaxed) > 0 }

    /// Calls `handler` with 1, 2, … at each interrupt, on a thread of its own.
    static func observe(_ handler: @escaping @Sendable (Int) -> Void) {
        startThread {
            while true {
                var signals = signalSet
                var signal: Int32 = 0
                guard sigwait(&signals, &signal) == 0 else { return }
                handler(count.add(1, ordering: .relaxed).newValue)
            }
        }
    }

    /// Lets the signals end the program again; for commands that have nothing to drain.
    static func unblock() {
        var signals = signalSet
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    private static var signalSet: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        return signals
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
