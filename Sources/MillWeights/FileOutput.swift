import Glibc

/// Writes a file beside its final place and moves it there when it is complete: readers never see half a file.
struct FileOutput: ~Copyable {
    private let path: String
    /// Where the bytes are until ``commit()``.
    let temporaryPath: String
    private let stream: UnsafeMutablePointer<FILE>
    private(set) var byteCount = 0

    init(path: String) throws(WeightsError) {
        self.path = path
        temporaryPath = "\(path).\(getpid()).part"
        guard let stream = fopen(temporaryPath, "wbxe") else {
            throw .unwritable(path: temporaryPath, reason: String(cString: strerror(errno)))
        }
        self.stream = stream
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(WeightsError) {
        guard fwrite(bytes.baseAddress, 1, bytes.count, stream) == bytes.count else { throw failure() }
        byteCount += bytes.count
    }

    mutating func write(_ bytes: [UInt8]) throws(WeightsError) {
        let written = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, stream) }
        guard written == bytes.count else { throw failure() }
        byteCount += bytes.count
    }

    /// Writes zeros up to the next multiple of `alignment`.
    mutating func pad(to alignment: Int) throws(WeightsError) {
        let rest = byteCount % alignment
        if rest > 0 { try write([UInt8](repeating: 0, count: alignment - rest)) }
    }

    /// Puts the bytes on the disk, lets `verify` read them, and only then gives the file its name.
    consuming func commit(verify: (String) throws(WeightsError) -> Void) throws(WeightsError) {
        let isWritten = fflush(stream) == 0 && fsync(fileno(stream)) == 0
        let error = errno
        fclose(stream)
        guard isWritten else { throw discard(error) }
        do throws(WeightsError) { try verify(temporaryPath) } catch {
            unlink(temporaryPath)
            throw error
        }
        guard rename(temporaryPath, path) == 0 else { throw discard(errno) }
    }

    /// Removes what was written.
    consuming func abandon() {
        fclose(stream)
        unlink(temporaryPath)
    }

    private func failure() -> WeightsError { .unwritable(path: temporaryPath, reason: String(cString: strerror(errno))) }

    private func discard(_ error: Int32) -> WeightsError {
        unlink(temporaryPath)
        return .unwritable(path: path, reason: String(cString: strerror(error)))
    }
}
