import Glibc
import MillTensor

/// Writes a file beside its final place and moves it there when it is complete: readers never see half a file, and what was
/// there stays whole until then. A file that is replaced keeps its permissions.
struct FileOutput: ~Copyable {
    private let target: OutputTarget
    /// Where the bytes are until ``commit(verify:)``. No two outputs share it, and none of a killed program is in the way.
    private let temporaryPath: String
    private let stream: UnsafeMutablePointer<FILE>
    private(set) var byteCount = 0

    /// - Throws: ``WeightsError/unwritable(path:reason:)``; see ``OutputTarget``.
    init(path: String) throws(WeightsError) {
        let target = try OutputTarget(path)
        var temporaryPath = ""
        var descriptor: Int32 = -1
        repeat {
            temporaryPath = target.temporaryPath()
            descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        } while descriptor < 0 && errno == EEXIST
        guard descriptor >= 0 else { throw target.failure(errno) }
        if let mode = target.mode { fchmod(descriptor, mode) }
        guard let stream = fdopen(descriptor, "wb") else {
            let error = errno
            close(descriptor)
            unlink(temporaryPath)
            throw target.failure(error)
        }
        self.target = target
        self.temporaryPath = temporaryPath
        self.stream = stream
    }

    /// A file that is found again under a name of its own (``OutputTarget/partPath``) when its writer was stopped. What it holds
    /// already stays until ``cut(to:)``.
    ///
    /// - Throws: ``WeightsError/unwritable(path:reason:)``; ``WeightsError/anothersPart(path:reason:)`` while another program
    ///   writes it.
    init(keeping target: OutputTarget) throws(WeightsError) {
        let descriptor = open(target.partPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw target.failure(errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .anothersPart(path: target.path, reason: "another program is writing it (\(target.partPath) is in use)")
        }
        if let mode = target.mode { fchmod(descriptor, mode) }
        guard let stream = fdopen(descriptor, "r+b") else {
            let error = errno
            close(descriptor)
            throw target.failure(error)
        }
        self.target = target
        temporaryPath = target.partPath
        self.stream = stream
    }

    /// Goes on after the first `length` bytes, and forgets all others.
    mutating func cut(to length: Int) throws(WeightsError) {
        guard fflush(stream) == 0, ftruncate(fileno(stream), length) == 0, fseek(stream, length, SEEK_SET) == 0 else {
            throw target.failure(errno)
        }
        byteCount = length
    }

    /// Hands what was written to the system, so that it outlives this program.
    mutating func flush() throws(WeightsError) {
        guard fflush(stream) == 0 else { throw target.failure(errno) }
    }

    /// Leaves what was written under its name.
    consuming func keep() {
        fflush(stream)
        fclose(stream)
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(WeightsError) {
        guard fwrite(bytes.baseAddress, 1, bytes.count, stream) == bytes.count else { throw target.failure(errno) }
        byteCount += bytes.count
    }

    mutating func write(_ bytes: [UInt8]) throws(WeightsError) {
        let written = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, stream) }
        guard written == bytes.count else { throw target.failure(errno) }
        byteCount += bytes.count
    }

    /// Writes zeros up to the next multiple of `alignment`.
    mutating func pad(to alignment: Int) throws(WeightsError) {
        let rest = byteCount % alignment
        if rest > 0 { try write([UInt8](repeating: 0, count: alignment - rest)) }
    }

    /// Puts the bytes on the disk, lets `verify` read them, and only then gives the file its name.
    consuming func commit(verify: (Storage) throws(WeightsError) -> Void) throws(WeightsError) {
        let isWritten = fflush(stream) == 0 && fsync(fileno(stream)) == 0
        let code = errno
        fclose(stream)
        do throws(WeightsError) {
            guard isWritten else { throw target.failure(code) }
            try verify(try written())
            try target.replace(with: temporaryPath)
        } catch {
            unlink(temporaryPath)
            throw error
        }
    }

    /// Removes what was written.
    consuming func abandon() {
        fclose(stream)
        unlink(temporaryPath)
    }

    func written() throws(WeightsError) -> Storage {
        do throws(TensorError) { return try Storage.map(path: temporaryPath) } catch {
            throw WeightsError(opening: target.path, error)
        }
    }
}
