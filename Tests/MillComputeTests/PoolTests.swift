import CMillKernels
import Glibc
import MillCompute
import MillTensor
import Synchronization
import Testing

/// What the chunks of a test job count, shared with C by address.
private final class Tally: Sendable {
    let calls: [Atomic<Int>.Box]
    let nested: Tally?
    let pool: PoolReference

    init(_ count: Int, pool: PoolReference, nested: Tally? = nil) {
        calls = (0..<count).map { _ in Atomic<Int>.Box() }
        self.nested = nested
        self.pool = pool
    }

    /// Runs one chunk per counter.
    func run() {
        mill_pool_run(
            pool.pointer,
            { context, index in
                guard let context else { return }
                let tally = Unmanaged<Tally>.fromOpaque(context).takeUnretainedValue()
                tally.calls[index].value.wrappingAdd(1, ordering: .relaxed)
                tally.nested?.run()
            }, Unmanaged.passUnretained(self).toOpaque(), calls.count)
    }

    var counts: [Int] { calls.map { $0.value.load(ordering: .relaxed) } }
}

extension Atomic where Value == Int {
    final class Box: Sendable {
        let value = Atomic<Int>(0)
    }
}

private struct PoolReference: @unchecked Sendable {
    let pointer: OpaquePointer?
}

/// A job whose chunks take 20 µs on the calling thread and `stall` on others.
private final class Burn: Sendable {
    private let caller = pthread_self()
    private let stall: Duration

    init(stall: Duration) { self.stall = stall }

    func run(on pool: PoolReference, count: Int) {
        mill_pool_run(
            pool.pointer,
            { context, _ in
                guard let context else { return }
                let burn = Unmanaged<Burn>.fromOpaque(context).takeUnretainedValue()
                let isCaller = pthread_equal(pthread_self(), burn.caller) != 0
                let end = ContinuousClock.now + (isCaller ? .microseconds(20) : burn.stall)
                while ContinuousClock.now < end {}
            }, Unmanaged.passUnretained(self).toOpaque(), count)
    }
}

@Suite("Worker pool")
struct PoolTests {
    private func withPool(threads: Int32, _ body: (PoolReference) async throws -> Void) async rethrows {
        let pool = PoolReference(pointer: mill_pool_create(threads))
        defer { mill_pool_destroy(pool.pointer) }
        try await body(pool)
    }

    @Test("every chunk runs exactly once, whatever the number of threads and chunks", arguments: [1, 2, 4, 9] as [Int32])
    func exactlyOnce(threads: Int32) async {
        await withPool(threads: threads) { pool in
            #expect(mill_pool_threads(pool.pointer) == threads)
            for count in [0, 1, 2, 3, 7, 64, 1000] {
                let tally = Tally(count, pool: pool)
                for _ in 0..<20 { tally.run() }
                #expect(tally.counts == [Int](repeating: 20, count: count))
            }
        }
    }

    @Test("concurrent callers share the pool and each gets its own chunks")
    func concurrentCallers() async {
        await withPool(threads: 3) { pool in
            let tallies = (1...8).map { Tally(5 * $0, pool: pool) }
            await withTaskGroup(of: Void.self) { group in
                for tally in tallies { group.addTask { for _ in 0..<500 { tally.run() } } }
            }
            for tally in tallies { #expect(tally.counts.allSatisfy { $0 == 500 }) }
        }
    }

    @Test("a chunk may run a job itself, also while others do")
    func nestedJobs() async {
        await withPool(threads: 4) { pool in
            let inner = Tally(6, pool: pool)
            let middle = Tally(5, pool: pool, nested: inner)
            let outer = Tally(4, pool: pool, nested: middle)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { for _ in 0..<20 { outer.run() } } }
            }
            #expect(outer.counts == [Int](repeating: 60, count: 4))
            #expect(inner.counts == [Int](repeating: 60 * 4 * 5, count: 6))
        }
    }

    @Test("jobs nested deeper than the pool has slots still run")
    func deepNesting() async {
        await withPool(threads: 2) { pool in
            let innermost = Tally(1, pool: pool)
            var chain = innermost
            // Alternating, because a job of one chunk needs no slot.
            for depth in 0..<80 { chain = Tally(depth % 10 == 0 ? 2 : 1, pool: pool, nested: chain) }
            chain.run()
            #expect(innermost.counts == [256])
        }
    }

    @Test(
        "workers that hold jobs up take part less, and are tried again",
        .enabled(if: HardwareProfile.current.threadCount > 1, "one processor runs one thread at a time"))
    func adaptation() async {
        await withPool(threads: 4) { pool in
            let clock = ContinuousClock()
            let deadline = clock.now + .seconds(30)
            // Chunks that last long on every thread but the caller's: as if those had lost their cores.
            let stalling = Burn(stall: .milliseconds(2))
            while mill_pool_helpers(pool.pointer) == 3, clock.now < deadline { stalling.run(on: pool, count: 8) }
            let lowered = mill_pool_helpers(pool.pointer)
            #expect(lowered < 3)
            let even = Burn(stall: .microseconds(20))
            while mill_pool_helpers(pool.pointer) <= lowered, clock.now < deadline { even.run(on: pool, count: 8) }
            #expect(mill_pool_helpers(pool.pointer) > lowered)
        }
    }

    @Test("models on one pool from several tasks get the results they get alone")
    func sharedCompute() async throws {
        let compute = try Compute(threads: 4)
        var random = Random(seed: 41)
        let (x, w) = (try random.tensor([3, 512]), try random.weight(.q8_0, [700, 512]))
        let alone = try result([3, 700])
        try compute.linear(x, w, into: alone)
        let expected = try bits(alone)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    var isEqual = true
                    for _ in 0..<30 {
                        let y = try result([3, 700])
                        try compute.linear(x, w, into: y)
                        isEqual = try isEqual && bits(y) == expected
                    }
                    return isEqual
                }
            }
            for try await isEqual in group { #expect(isEqual) }
        }
    }
}
