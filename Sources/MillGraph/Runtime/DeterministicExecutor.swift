/// Runs the tasks of asynchronous nodes one after the other on the engine's only worker, in the order in which they
/// became ready.
final class DeterministicExecutor: TaskExecutor, @unchecked Sendable {
    private let monitor: Monitor
    /// Guarded by the monitor.
    private var jobs: [UnownedJob] = []

    init(monitor: Monitor) { self.monitor = monitor }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        monitor.withLock {
            jobs.append(job)
            monitor.signal()
        }
    }

    /// The next job; the caller holds the lock.
    func next() -> UnownedJob? { jobs.isEmpty ? nil : jobs.removeFirst() }

    func run(_ job: UnownedJob) { job.runSynchronously(on: asUnownedTaskExecutor()) }
}
