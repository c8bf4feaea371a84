import MillValue
import Synchronization

/// A value that arrives once; the first one counts.
final class OneShot<Result: Sendable>: Sendable {
    private struct State {
        var result: Result?
        var continuations: [CheckedContinuation<Result, Never>] = []
    }
    private let state = Mutex(State())

    /// Gives the value; later ones are ignored.
    func resolve(_ result: Result) {
        let waiting = state.withLock { state -> [CheckedContinuation<Result, Never>] in
            guard state.result == nil else { return [] }
            state.result = result
            defer { state.continuations = [] }
            return state.continuations
        }
        for continuation in waiting { continuation.resume(returning: result) }
    }

    var result: Result? { state.withLock { $0.result } }

    /// The value, once it is there.
    func value() async -> Result {
        await withCheckedContinuation { continuation in
            let result = state.withLock { state -> Result? in
                if state.result == nil { state.continuations.append(continuation) }
                return state.result
            }
            if let result { continuation.resume(returning: result) }
        }
    }

    /// The value, or `fallback` when it is not there at `deadline`.
    func value(until deadline: Duration, clock: any MillClock, otherwise fallback: Result) async -> Result {
        if let result { return result }
        let timer = Task {
            try? await clock.sleep(until: deadline)
            if !Task.isCancelled { self.resolve(fallback) }
        }
        defer { timer.cancel() }
        return await value()
    }
}
