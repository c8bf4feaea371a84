import Glibc
import MillTensor
import Testing

@Suite("Storages and pools")
struct StorageTests {
    @Test("owned buffers are aligned to cache lines", arguments: [0, 1, 63, 4097])
    func alignment(byteCount: Int) throws {
        let tensor = try Tensor(storage: try Storage.allocate(byteCount: byteCount), dtype: .u8, shape: [byteCount])
        #expect(Int(bitPattern: tensor.pointer) % Storage.alignment == 0)
        #expect(tensor.mutablePointer != nil)
    }

    @Test("impossible sizes throw", arguments: [-1, Int.max, 1 << 60])
    func impossible(byteCount: Int) {
        #expect(throws: TensorError.outOfMemory(byteCount: byteCount)) { try Storage.allocate(byteCount: byteCount) }
        #expect(throws: TensorError.outOfMemory(byteCount: byteCount)) {
            try StoragePool(byteLimit: 1 << 20).take(byteCount: byteCount)
        }
    }

    @Test("a mapped file is readable and not writable")
    func mapped() throws {
        let path = try temporaryFile(bytes: Array("millrace".utf8))
        defer { unlink(path) }
        let storage = try Storage.map(path: path)
        #expect(storage.byteCount == 8 && !storage.isWritable)
        let tensor = try Tensor(storage: storage, dtype: .u8, shape: [8])
        #expect(tensor.mutablePointer == nil)
        #expect(
            tensor.withBytes { bytes in (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) } }
                == Array("millrace".utf8))
    }

    @Test("an empty file is an empty storage; a folder and an absent file are refused by name")
    func unmappable() throws {
        let path = try temporaryFile(bytes: [])
        defer { unlink(path) }
        #expect(try Storage.map(path: path).byteCount == 0)
        for path in ["/", "/nonexistent/file"] {
            let error = #expect(throws: TensorError.self) { try Storage.map(path: path) }
            #expect(error?.description.contains(path) == true)
        }
    }

    @Test("a shared storage starts as zeros and is seen through its descriptor")
    func shared() throws {
        let storage = try Storage.shared(byteCount: 4096)
        let descriptor = try #require(storage.fileDescriptor)
        let tensor = try Tensor(storage: storage, dtype: .f32, shape: [1024])
        #expect(try tensor.floats().allSatisfy { $0 == 0 })
        try #require(tensor.mutablePointer).storeBytes(of: 7.5, as: Float.self)
        var seen: Float = 0
        #expect(pread(descriptor, &seen, 4, 0) == 4)
        #expect(seen == 7.5)
    }

    @Test("a pool hands out again what came back")
    func pooled() throws {
        let pool = StoragePool(byteLimit: 1 << 20)
        for _ in 0..<10 { _ = try pool.take(byteCount: 100_000) }
        #expect(pool.statistics.allocationCount == 1)
        #expect(pool.statistics.reuseCount == 9)
        #expect(pool.statistics.keptByteCount >= 100_000)
        let first = try pool.take(byteCount: 1000)
        let second = try pool.take(byteCount: 1000)
        #expect(first !== second && first.byteCount == 1000)
    }

    @Test("a pool keeps no more than its limit, and may go before its buffers")
    func limited() throws {
        var pool: StoragePool? = StoragePool(byteLimit: 8192)
        let kept = try (0..<4).map { _ in try pool?.take(byteCount: 4096) }
        #expect(kept.count == 4)
        do { _ = try (0..<4).map { _ in try pool?.take(byteCount: 4096) } }
        #expect(try #require(pool).statistics.keptByteCount <= 8192)
        pool = nil
        #expect(kept.compactMap { $0 }.allSatisfy { $0.byteCount == 4096 })
    }

    @Test("a pipe is refused and not waited for", .timeLimit(.minutes(1)))
    func pipe() throws {
        let path = try temporaryFile(bytes: [])
        unlink(path)
        defer { unlink(path) }
        try #require(mkfifo(path, 0o600) == 0)
        #expect(throws: TensorError.fileUnreadable(path: path, reason: "it is not a regular file")) {
            try Storage.map(path: path)
        }
    }

    private func temporaryFile(bytes: [UInt8]) throws -> String {
        var template = Array("/tmp/millrace-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        #expect(write(descriptor, bytes, bytes.count) == bytes.count)
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
