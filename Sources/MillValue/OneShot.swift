import Synchronization

/// A value that arrives once; the first one counts.
package final class OneShot<Result: Sendable>: Sendable {
    private struct State {
        var result: Result?
        var continuations: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    package init() {}

    /// Gives the value; later ones are ignored.
    package func resolve(_ result: Result) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard state.result == nil else { return [] }
            state.result = result
            defer { state.continuations = [] }
            return state.continuations
        }
        for continuation in waiting { continuation.resume() }
    }

    package var result: Result? { state.withLock { $0.result } }

    /// The value, once it is there.
    package func value() async -> Result {
        while true {
            // Read under the lock, which the thread sanitizer sees; it does not see what a continuation hands on.
            if let result { return result }
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isThere = state.withLock { state in
                    if state.result == nil { state.continuations.append(continuation) }
                    return state.result != nil
                }
                if isThere { continuation.resume() }
            }
        }
    }

    /// The value, or `fallback` when it is not there at `deadline`.
    package func value(until deadline: Duration, clock: any MillClock, otherwise fallback: Result) async -> Result {
        if let result { return result }
        let timer = Task {
            try? await clock.sleep(until: deadline)
            if !Task.isCancelled { self.resolve(fallback) }
        }
        defer { timer.cancel() }
        return await value()
    }
}
