import CMillSystem
import Glibc

/// Bytes of a document, its page pictures or a sound: kept out of core dumps, and wiped when the last reference goes. Optionally a
/// file without a name that confined programs can read; nothing of it is ever on a disk.
///
/// Whoever makes one writes to it before it hands it on; after that nobody does.
package final class SecretBytes: @unchecked Sendable {
    package let base: UnsafeMutableRawPointer?
    package let count: Int
    /// For confined programs; nil for memory that is not shared.
    package let descriptor: CInt?
    private let capacity: Int

    /// Zeroed memory.
    package init(count: Int) throws(ProgramError) {
        guard count >= 0, let memory = mill_secret_allocate(count) else { throw .outOfMemory(byteCount: count) }
        base = memory
        self.count = count
        capacity = count
        descriptor = nil
    }

    /// A zeroed file in memory.
    package init(fileOf count: Int) throws(ProgramError) {
        var memory: UnsafeMutableRawPointer?
        let result = count < 0 ? -EINVAL : mill_secret_file("millrace", count, &memory)
        guard result >= 0, let memory else { throw .outOfMemory(byteCount: count) }
        base = memory
        self.count = count
        capacity = max(count, 1)
        descriptor = result
    }

    /// Takes over memory of `mill_secret_allocate`; nil is no bytes.
    init(taking memory: UnsafeMutableRawPointer?, count: Int, capacity: Int) {
        base = memory
        self.count = count
        self.capacity = capacity
        descriptor = nil
    }

    deinit {
        if let descriptor, let base {
            // The file may outlive this mapping in a program that still has it open.
            explicit_bzero(base, capacity)
            munmap(base, capacity)
            close(descriptor)
        } else {
            mill_secret_free(base, capacity)
        }
    }

    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// For whoever made it: copies bytes to its start, as many as fit.
    package func fill(_ bytes: UnsafeRawBufferPointer) {
        if let base, let start = bytes.baseAddress { memcpy(base, start, min(count, bytes.count)) }
    }

    /// The same bytes as a file in memory.
    package func asFile() throws(ProgramError) -> SecretBytes {
        if descriptor != nil { return self }
        let file = try SecretBytes(fileOf: count)
        file.fill(bytes)
        return file
    }
}
