import MillValue
import Testing

@Suite("A clock that moves only when told to")
struct ManualClockTests {
    /// Lets other tasks run until `clock` has `count` sleepers.
    private func waitForSleepers(_ count: Int, on clock: ManualClock) async {
        while clock.sleeperCount < count { await Task.yield() }
    }

    @Test("sleepers wake when their time has come, and not before")
    func waking() async throws {
        let clock = ManualClock()
        let first = Task { try await clock.sleep(until: .seconds(1)) }
        let second = Task { try await clock.sleep(until: .seconds(3)) }
        await waitForSleepers(2, on: clock)
        #expect(clock.nextDeadline == .seconds(1))
        clock.advance(by: .seconds(2))
        try await first.value
        #expect(clock.sleeperCount == 1)
        #expect(clock.nextDeadline == .seconds(3))
        clock.advance(by: .seconds(1))
        try await second.value
        #expect(clock.nextDeadline == nil)
    }

    @Test("a time that has passed does not wait")
    func past() async throws {
        let clock = ManualClock(epoch: 1000)
        clock.advance(by: .seconds(5))
        try await clock.sleep(until: .seconds(5))
        #expect(clock.now == .seconds(5))
        #expect(clock.wallTime == 1005)
    }

    @Test("a cancelled sleeper throws and is forgotten")
    func cancellation() async {
        let clock = ManualClock()
        let task = Task { try await clock.sleep(until: .seconds(1)) }
        await waitForSleepers(1, on: clock)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(clock.sleeperCount == 0)
    }

    @Test("a task that was cancelled before does not begin to sleep")
    func cancelledBefore() async {
        let clock = ManualClock()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try await clock.sleep(until: .seconds(1))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(clock.sleeperCount == 0)
    }

    @Test("the machine's clock runs forward")
    func system() async throws {
        let clock = SystemClock()
        let start = clock.now
        try await clock.sleep(until: start)
        #expect(clock.now >= start)
        #expect(clock.wallTime > 1_600_000_000)
    }
}
