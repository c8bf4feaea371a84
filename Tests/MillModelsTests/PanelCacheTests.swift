import Glibc
import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import Synchronization
import Testing

/// Every test has a folder of its own, which holds a model and is the cache, too.
@Suite("Laid-out weights are kept from one start to the next")
struct PanelCacheTests {
    private static let prompt: [Int32] = [3, 14, 15, 9, 26, 5]

    /// What one load gave.
    private struct Loading {
        let model: TextModel
        let description: ModelDescription
        let events: [LoadEvent]

        var didLayOut: Bool { events.contains { if case .layingOut = $0 { true } else { false } } }
        var didHash: Bool { events.contains { if case .hashing = $0 { true } else { false } } }
        var warnings: [String] { events.compactMap { if case .warning(let text) = $0 { text } else { nil } } }
    }

    /// A cache that keeps files of small models, too, and trusts the clock.
    private func cache(_ folder: String) -> PanelCache {
        var cache = PanelCache(folder: folder)
        cache.fileThreshold = 0
        cache.settlingTime = 0
        return cache
    }

    private func load(_ path: String, _ cache: PanelCache) throws -> Loading {
        let events = Mutex<[LoadEvent]>([])
        let loader = ModelLoader(compute: .shared, panels: cache) { event in events.withLock { $0.append(event) } }
        let loaded = try loader.load(path: path, tokenizer: false)
        let model: TextModel? = if case .text(let model) = loaded.network { model } else { nil }
        return Loading(model: try #require(model), description: loaded.description, events: events.withLock { $0 })
    }

    /// Scores computed from the rows of the file.
    private func expected(_ path: String) throws -> [Float] {
        try load(path, PanelCache.off.deferred).model.logits(Self.prompt)
    }

    private func withModel(_ name: String = "glm_edge-Q8_0", _ body: (_ path: String, _ folder: String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let kind = name.prefix { $0 != "-" }
            try write(try Oracles.bytes(try Oracles.committed("gguf/\(kind)/\(name).gguf")), to: "\(folder)/model.gguf")
            try body("\(folder)/model.gguf", folder)
        }
    }

    private func files(_ folder: String) throws -> [String] {
        try Oracles.list(folder).filter { $0.hasSuffix(".panels") }.map { "\(folder)/\($0)" }
    }

    private func status(_ path: String) throws -> stat {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return status
    }

    @Test(
        "a second start maps what the first one made, and both compute what rows give",
        arguments: ["glm_edge-Q8_0", "glm_edge-Q4_0", "llama_k256-Q4_K"])
    func reuse(name: String) throws {
        try withModel(name) { path, folder in
            let expected = try expected(path)
            let first = try load(path, cache(folder))
            #expect(first.didLayOut && first.didHash && first.warnings.isEmpty)
            let file = try #require(try files(folder).first)
            #expect(first.description.panelFile == file && first.description.panelByteCount > 0)
            let before = try status(file)
            #expect(before.st_mode & 0o777 == 0o600)
            let second = try load(path, cache(folder))
            #expect(!second.didLayOut && !second.didHash && second.events.isEmpty)
            let after = try status(file)
            #expect(before.st_ino == after.st_ino && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec)
            #expect(try files(folder) == [file])
            let inMemory = try load(path, .off)
            #expect(inMemory.events.isEmpty && inMemory.description.panelFile == nil)
            for loading in [first, second, inMemory] { #expect(try loading.model.logits(Self.prompt) == expected) }
            #expect(
                second.description.inPlaceByteCount + second.description.panelByteCount
                    >= second.description.weightByteCount)
        }
    }

    @Test("exact sums take the rows of the file")
    func exact() throws {
        try withModel { path, folder in
            let loader = ModelLoader(compute: Compute(.shared, activations: .float32), panels: cache(folder))
            let description = try loader.load(path: path, tokenizer: false).description
            #expect(description.panelByteCount == 0)
            #expect(try files(folder).isEmpty)
        }
    }

    @Test("a table that is embedding and output head is laid out once")
    func tied() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/scribe.gguf"
            let source = try #require(try ModelLocation.folder(of: "builtin:scribe"))
            try ModelConverter(folder: source).write(to: path, precision: .q8)
            let loading = try load(path, cache(folder))
            #expect(loading.model.configuration.tiesEmbeddings)
            #expect(loading.description.inPlaceByteCount < loading.description.weightByteCount / 10)
            #expect(try loading.model.logits(Self.prompt) == expected(path))
        }
    }

    enum Damage: CaseIterable {
        case empty, cut, longer, otherTable, otherHeader, writableByOthers
    }

    @Test("a broken or foreign file is told, made again, and never used", arguments: Damage.allCases)
    func broken(damage: Damage) throws {
        try withModel { path, folder in
            let expected = try expected(path)
            _ = try load(path, cache(folder))
            let file = try #require(try files(folder).first)
            let good = try Oracles.bytes(file)
            var bytes = good
            switch damage {
            case .empty: bytes = []
            case .cut: bytes.removeLast(4097)
            case .longer: bytes += [0]
            case .otherTable: bytes[100] ^= 1
            case .otherHeader: bytes = bytes.map { $0 ^ 0x5A }
            case .writableByOthers: chmod(file, 0o666)
            }
            let before = try status(file)
            if damage != .writableByOthers { try write(bytes, to: file) }
            let loading = try load(path, cache(folder))
            #expect(loading.didLayOut && loading.warnings.count == 1)
            #expect(loading.warnings.first?.contains(file) == true)
            let after = try status(file)
            #expect(before.st_ino != after.st_ino && after.st_mode & 0o777 == 0o600)
            #expect(try Oracles.bytes(file) == good)
            #expect(try loading.model.logits(Self.prompt) == expected)
            #expect(try load(path, cache(folder)).events.isEmpty)
        }
    }

    @Test("a folder in the file's place is no harm")
    func folderInPlace() throws {
        try withModel { path, folder in
            _ = try load(path, cache(folder))
            let file = try #require(try files(folder).first)
            unlink(file)
            mkdir(file, 0o700)
            defer { rmdir(file) }
            let loading = try load(path, cache(folder))
            #expect(loading.warnings.count == 2 && loading.description.panelFile == nil)
            #expect(try loading.model.logits(Self.prompt) == expected(path))
        }
    }

    @Test("a model that was changed in place is noticed")
    func changed() throws {
        try withModel { path, folder in
            _ = try load(path, cache(folder))
            let before = try expected(path)
            var bytes = try Oracles.bytes(path)
            // Into the last tensor's blocks, far behind their scales.
            for offset in 1...2000 where offset % 34 < 20 { bytes[bytes.count - offset] ^= 4 }
            let inode = try status(path).st_ino
            try write(bytes, to: path)
            #expect(try status(path).st_ino == inode)
            var later = [timespec(tv_sec: 1_900_000_000, tv_nsec: 0), timespec(tv_sec: 1_900_000_000, tv_nsec: 0)]
            utimensat(AT_FDCWD, path, &later, 0)
            let loading = try load(path, cache(folder))
            #expect(loading.didHash && loading.didLayOut)
            #expect(try files(folder).count == 2)
            let after = try expected(path)
            #expect(before != after)
            #expect(try loading.model.logits(Self.prompt) == after)
        }
    }

    @Test("the hash of a file that changed a moment ago is not remembered")
    func unsettled() throws {
        try withModel { path, folder in
            var cache = cache(folder)
            cache.settlingTime = 3_600_000_000_000
            _ = try load(path, cache)
            let second = try load(path, cache)
            #expect(second.didHash && !second.didLayOut)
        }
    }

    @Test("a damaged index is made anew", arguments: [0, 1, 2])
    func index(kind: Int) throws {
        try withModel { path, folder in
            _ = try load(path, cache(folder))
            let index = "\(folder)/millrace-index"
            var bytes = try Oracles.bytes(index)
            switch kind {
            case 0: bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 131) }
            case 1: bytes[bytes.count - 30] ^= 1
            default: bytes.removeLast(5)
            }
            try write(bytes, to: index)
            let loading = try load(path, cache(folder))
            #expect(loading.didHash && !loading.didLayOut && loading.warnings.isEmpty)
            #expect(try load(path, cache(folder)).events.isEmpty)
        }
    }

    @Test("loads at the same time make one file between them")
    func together() throws {
        try withModel { path, folder in
            let expected = try expected(path)
            let cache = cache(folder)
            let results = Mutex<[Bool]>([])
            let threads = (0..<6).map { _ in
                TestThread {
                    let isRight = (try? load(path, cache).model.logits(Self.prompt)) == expected
                    results.withLock { $0.append(isRight) }
                }
            }
            for thread in threads { thread.join() }
            #expect(results.withLock { $0 } == Array(repeating: true, count: 6))
            #expect(try files(folder).count == 1)
            #expect(try Oracles.list(folder).filter { $0.hasSuffix(".part") }.isEmpty)
        }
    }

    @Test("without a folder to write to, weights are laid out in memory, with one warning that says why")
    func noFolder() throws {
        try withModel { path, folder in
            for place in ["\(path)/cache", "/proc/millrace-cache"] {
                let loading = try load(path, cache(place))
                #expect(loading.warnings.count == 1)
                #expect(loading.warnings.first?.contains("MILLRACE_CACHE") == true)
                #expect(loading.warnings.first?.contains(place) == true)
                #expect(loading.description.panelFile == nil && loading.description.panelByteCount > 0)
                #expect(try loading.model.logits(Self.prompt) == expected(path))
            }
            var small = cache(folder)
            small.byteLimit = 100
            let loading = try load(path, small)
            #expect(loading.warnings.first?.contains("MILLRACE_CACHE_LIMIT") == true)
            #expect(try files(folder).isEmpty)
        }
    }

    @Test("a model below the threshold needs no file")
    func small() throws {
        try withModel { path, folder in
            let loading = try load(path, PanelCache(folder: folder))
            #expect(loading.events.isEmpty && loading.description.panelByteCount > 0)
            #expect(try files(folder).isEmpty)
        }
    }

    @Test("what a process that ended early has left is removed")
    func leftovers() throws {
        try withModel { path, folder in
            try write("half a file", to: "\(folder)/millrace-abc.part")
            _ = try load(path, cache(folder))
            #expect(try Oracles.list(folder).filter { $0.hasSuffix(".part") || $0.hasSuffix(".lock") }.isEmpty)
        }
    }

    @Test("files of others in the folder are never touched")
    func foreign() throws {
        try withModel { path, folder in
            let names = ["film.part", "solar.panels", "index", "lock", "a.lock", String(repeating: "x", count: 64) + ".panels"]
            for name in names { try write("mine", to: "\(folder)/\(name)") }
            _ = try load(path, cache(folder))
            #expect(cache(folder).files.count == 1)
            #expect(cache(folder).prune(to: 0, withoutModels: true).fileCount == 1)
            for name in names { #expect(try Oracles.bytes("\(folder)/\(name)") == Array("mine".utf8)) }
        }
    }

    @Test("a file whose content was damaged is found on request, removed, and made again")
    func damagedContent() throws {
        try withModel { path, folder in
            _ = try load(path, cache(folder))
            let file = try #require(try files(folder).first)
            #expect(try cache(folder).verify { _, _ in }.isEmpty)
            let good = try Oracles.bytes(file)
            var bytes = good
            bytes[bytes.count / 2] ^= 1
            try write(bytes, to: file)
            do {
                let inUse = try load(path, cache(folder))
                #expect(try cache(folder).verify { _, _ in }.map(\.isGone) == [false])
                _ = inUse.model
            }
            #expect(try cache(folder).verify { _, _ in }.map(\.isGone) == [true])
            #expect(try load(path, cache(folder)).didLayOut)
            #expect(try Oracles.bytes(file) == good)
        }
    }

    @Test("a file is found for a copy of its model, and then belongs to that")
    func moved() throws {
        try withModel { path, folder in
            _ = try load(path, cache(folder))
            let copy = "\(folder)/copy.gguf"
            rename(path, copy)
            #expect(cache(folder).files.map(\.isModelGone) == [true])
            #expect(try !load(copy, cache(folder)).didLayOut)
            #expect(cache(folder).files.map { $0.model?.hasSuffix("/copy.gguf") } == [true])
            #expect(try cache(folder).verify { _, _ in }.isEmpty)
        }
    }

    @Test("loading can be stopped: while it reads, lays out, or waits for another that does")
    func cancelled() throws {
        try withModel { path, folder in
            for wanted in 0..<2 {
                let isStopped = Atomic(false)
                let loader = ModelLoader(panels: cache(folder)) { event in
                    switch event {
                    case .hashing where wanted == 0, .layingOut where wanted == 1: isStopped.store(true, ordering: .relaxed)
                    default: break
                    }
                } isCancelled: {
                    isStopped.load(ordering: .relaxed)
                }
                #expect { try loader.load(path: path, tokenizer: false) } throws: { error in
                    if case ModelError.cancelled = error { true } else { false }
                }
                #expect(try files(folder).isEmpty)
            }
            _ = try load(path, cache(folder))
            let file = try #require(try files(folder).first)
            unlink(file)
            let lock = open(file.replacing(".panels", with: ".lock"), O_RDWR | O_CREAT, 0o600)
            defer { close(lock) }
            try #require(flock(lock, LOCK_EX) == 0)
            let isWaiting = Atomic(false)
            let loader = ModelLoader(panels: cache(folder)) { event in
                if case .waiting = event { isWaiting.store(true, ordering: .relaxed) }
            } isCancelled: {
                isWaiting.load(ordering: .relaxed)
            }
            #expect { try loader.load(path: path, tokenizer: false) } throws: { error in
                if case ModelError.cancelled = error { true } else { false }
            }
        }
    }

    @Test("the files that were not used for the longest time make room, but none that is in use")
    func limit() throws {
        try withModel { path, folder in
            let other = "\(folder)/other.gguf"
            try write(try Oracles.bytes(try Oracles.committed("gguf/glm_edge/glm_edge-Q4_0.gguf")), to: other)
            var first: Loading? = try load(path, cache(folder))
            let file = try #require(first?.description.panelFile)
            var limited = cache(folder)
            limited.byteLimit = Int(try status(file).st_size)
            #expect(limited.files.map(\.isInUse) == [true])
            #expect(limited.files.first?.model?.hasSuffix("/model.gguf") == true)
            let refused = try load(other, limited)
            #expect(refused.warnings.count == 1 && refused.description.panelFile == nil)
            first = nil
            #expect(limited.files.map(\.isInUse) == [false])
            let second = try load(other, limited)
            #expect(second.warnings.isEmpty && access(file, F_OK) != 0)
            #expect(try files(folder) == [try #require(second.description.panelFile)])
            #expect(limited.prune(to: 0).fileCount == 0)
        }
    }

    @Test("files of models that are gone can be removed")
    func gone() throws {
        try withModel { path, folder in
            _ = try load(path, cache(folder))
            #expect(cache(folder).prune(to: .max, withoutModels: true).fileCount == 0)
            unlink(path)
            #expect(cache(folder).files.map(\.isModelGone) == [true])
            let removed = cache(folder).prune(to: .max, withoutModels: true)
            #expect(removed.fileCount == 1 && removed.byteCount > 0 && removed.left == 0)
        }
    }

    @Test("the environment names folder and limit")
    func environment() {
        func cache(_ values: [String: String]) -> PanelCache { PanelCache.environment { values[$0] } }
        #expect(cache(["HOME": "/h"]).folder == "/h/.cache/millrace/panels")
        #expect(cache(["HOME": "/h", "XDG_CACHE_HOME": "/x"]).folder == "/x/millrace/panels")
        #expect(cache(["HOME": "/h", "XDG_CACHE_HOME": "x"]).folder == "/h/.cache/millrace/panels")
        #expect(cache(["HOME": "/h", "MILLRACE_CACHE": "/c"]).folder == "/c")
        #expect(cache(["HOME": "/h", "MILLRACE_CACHE": ""]).folder == "/h/.cache/millrace/panels")
        #expect(cache(["HOME": "/h", "MILLRACE_CACHE": "off"]).folder == nil)
        #expect(cache([:]).folder == nil)
        #expect(cache(["HOME": "/h"]).byteLimit == 16 << 30)
        #expect(cache(["HOME": "/h", "MILLRACE_CACHE_LIMIT": "500m"]).byteLimit == 500 << 20)
        for (text, bytes) in [("0", 0), ("12", 12), ("3K", 3072), ("2T", 2 << 40)] {
            #expect(ByteCount.parse(text) == bytes)
        }
        for text in ["", "G", "-1", "+1", "1.5G", "8GB", "9999999999T", "many"] {
            #expect(ByteCount.parse(text) == nil, "\(text)")
        }
    }
}

/// A thread that can be waited for.
private final class TestThread: Sendable {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private let thread: pthread_t

    init(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                argument.map { Unmanaged<Body>.fromOpaque($0).takeRetainedValue().run() }
                return nil
            }, Unmanaged.passRetained(Body(run)).toOpaque())
        self.thread = thread
    }

    func join() { pthread_join(thread, nil) }
}
