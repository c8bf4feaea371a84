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

    @Test("workers that hold jobs up take part less, and are tried again after pauses that failures double")
    func adaptation() async {
        await withPool(threads: 4) { pool in
            let millisecond: Int64 = 1_000_000
            var now: Int64 = 0
            /// Whether a worker less (-1), a worker more (1) or as many take part after 10 ms of jobs.
            func change(waiting share: Int64) -> Int32 {
                let before = mill_pool_helpers(pool.pointer)
                for _ in 0..<10 {
                    now += millisecond
                    mill_pool_judge(pool.pointer, now, millisecond, millisecond * share / 100)
                }
                return mill_pool_helpers(pool.pointer) - before
            }
            /// Milliseconds without waiting until one more worker takes part.
            func recovery() -> Int64 {
                let start = now
                while change(waiting: 0) == 0 {}
                return (now - start) / millisecond
            }
            #expect(change(waiting: 15) == 0)
            #expect(change(waiting: 30) == -1)
            #expect((90...110).contains(recovery()))
            #expect(change(waiting: 30) == -1)
            #expect((190...210).contains(recovery()))
            for left in [2, 1, 0] {
                #expect(change(waiting: 90) == -1)
                #expect(mill_pool_helpers(pool.pointer) == left)
            }
            #expect(change(waiting: 90) == 0)
        }
    }

    @Test("a pool that is given up while its workers are about to fall asleep ends", arguments: [0, 20, 25, 30])
    func giveUp(microseconds: Int) {
        for _ in 0..<300 {
            let pool = PoolReference(pointer: mill_pool_create(4))
            let tally = Tally(8, pool: pool)
            tally.run()
            let end = ContinuousClock.now + .microseconds(microseconds)
            while ContinuousClock.now < end {}
            mill_pool_destroy(pool.pointer)
            #expect(tally.counts == Array(repeating: 1, count: 8))
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
