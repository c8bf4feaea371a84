import Glibc
import Synchronization

/// The source of time for everything that waits, debounces or expires; real in production, manual in tests.
public protocol MillClock: Sendable {
    /// Monotonic time since an arbitrary start.
    var now: Duration { get }
    /// Wall-clock time in seconds since 1970, for records and databases.
    var wallTime: Double { get }
    /// Returns once `now` is at least `deadline`; throws `CancellationError` if the task is cancelled before.
    func sleep(until deadline: Duration) async throws
}

/// The machine's own clocks.
public struct SystemClock: MillClock {
    private static let start = ContinuousClock.now

    public init() { _ = Self.start }

    public var now: Duration { Self.start.duration(to: .now) }

    public var wallTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    public func sleep(until deadline: Duration) async throws {
        try await ContinuousClock().sleep(until: Self.start.advanced(by: deadline))
    }
}

/// A clock that moves only when told to.
public final class ManualClock: MillClock {
    private struct Sleeper {
        let deadline: Duration
        let continuation: CheckedContinuation<Void, any Error>
    }
    private struct State {
        var now: Duration = .zero
        var nextID = 0
        var sleepers: [Int: Sleeper] = [:]
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())
    private let epoch: Double

    /// - Parameter epoch: the wall time, in seconds since 1970, at `now == .zero`.
    public init(epoch: Double = 1_700_000_000) { self.epoch = epoch }

    public var now: Duration { state.withLock { $0.now } }
    public var wallTime: Double { epoch + now.inSeconds }

    /// How many tasks wait on this clock.
    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// The earliest time that some task waits for.
    public var nextDeadline: Duration? { state.withLock { $0.sleepers.values.map(\.deadline).min() } }

    /// Moves time forward and wakes, in order of their deadlines, all sleepers that are due.
    public func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now += duration
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
                .sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }
            for (id, _) in due { state.sleepers[id] = nil }
            return due.map(\.value.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    public func sleep(until deadline: Duration) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if deadline <= state.now { return .success(()) }
                    state.sleepers[id] = Sleeper(deadline: deadline, continuation: continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: id)
                if sleeper == nil { state.cancelled.insert(id) }
                return sleeper
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}
