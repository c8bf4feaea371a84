import Glibc

/// One thread that carries out a model's work in the order in which it was asked for, so that no cooperative thread is
/// blocked by it.
public final class ModelLane: Sendable {
    private let queue = JobQueue()

    public init() { queue.start() }

    /// What was asked for before is still carried out.
    deinit { queue.close() }

    /// Runs `body` on the lane and waits for it. Not to be called from the lane itself, nor from a cooperative thread.
    public func perform<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) throws -> Result {
        let slot = ResultSlot<Result>()
        queue.add { slot.fill(Swift.Result(catching: body)) }
        return try slot.wait().get()
    }

    /// Runs `body` on the lane.
    public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.add { continuation.resume(with: Swift.Result(catching: body)) }
        }
    }
}

/// A mutex with a condition, for threads that wait.
private final class Monitor: @unchecked Sendable {
    // Only its own methods touch the two, and they do what they are made for from any thread.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Inside ``locked(_:)`` only.
    func wait() { pthread_cond_wait(condition, mutex) }

    func wake() { pthread_cond_signal(condition) }
}

/// The jobs of a lane. The thread holds it, so that it outlives its lane until the last job is done.
private final class JobQueue: @unchecked Sendable {
    // `jobs` and `isClosed` are touched only inside the monitor's lock.
    private let monitor = Monitor()
    private var jobs: [@Sendable () -> Void] = []
    private var isClosed = false

    func start() {
        let thread = Unmanaged.passRetained(self)
        var handle = pthread_t()
        let status = pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<JobQueue>.fromOpaque(argument).takeRetainedValue().work()
                return nil
            }, thread.toOpaque())
        guard status == 0 else {
            // Without a thread the callers' own threads do the work.
            thread.release()
            monitor.locked { isClosed = true }
            return
        }
        pthread_detach(handle)
    }

    func add(_ job: @escaping @Sendable () -> Void) {
        let isClosed = monitor.locked {
            if !self.isClosed { jobs.append(job) }
            return self.isClosed
        }
        if isClosed { job() } else { monitor.wake() }
    }

    func close() {
        monitor.locked { isClosed = true }
        monitor.wake()
    }

    private func work() {
        while let job = next() { job() }
    }

    private func next() -> (@Sendable () -> Void)? {
        monitor.locked {
            while jobs.isEmpty, !isClosed { monitor.wait() }
            return jobs.isEmpty ? nil : jobs.removeFirst()
        }
    }
}

/// Where a waiting caller finds its result.
private final class ResultSlot<Success: Sendable>: @unchecked Sendable {
    // `result` is touched only inside the monitor's lock.
    private let monitor = Monitor()
    private var result: Result<Success, any Error>?

    func fill(_ value: Result<Success, any Error>) {
        monitor.locked { result = value }
        monitor.wake()
    }

    func wait() -> Result<Success, any Error> {
        monitor.locked {
            while true {
                if let result { return result }
                monitor.wait()
            }
        }
    }
}
