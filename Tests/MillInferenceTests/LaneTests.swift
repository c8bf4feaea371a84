import Glibc
import MillInference
import Synchronization
import Testing

@Suite("A model's lane")
struct LaneTests {
    private struct Failure: Error {}

    @Test("work is done on one thread, in order")
    func order() throws {
        let lane = ModelLane()
        let seen = Mutex<[Int]>([])
        let threads = try (0..<50).map { index in
            try lane.perform {
                seen.withLock { $0.append(index) }
                return UInt(pthread_self())
            }
        }
        #expect(seen.withLock { $0 } == Array(0..<50))
        #expect(Set(threads).count == 1)
        #expect(threads[0] != UInt(pthread_self()))
    }

    @Test("errors come back to who asked")
    func errors() async throws {
        let lane = ModelLane()
        #expect(throws: Failure.self) { try lane.perform { throw Failure() } }
        await #expect(throws: Failure.self) { try await lane.run { throw Failure() } }
        #expect(try await lane.run { 7 } == 7)
    }

    @Test("work that was asked for is done even if the lane is given up")
    func closing() async throws {
        let results = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<20 { group.addTask { try await ModelLane().run { index } } }
            return try await group.reduce(0, +)
        }
        #expect(results == 190)
    }
}
