import CMillSystem
import Glibc
import MillCompute
import MillTensor

/// A file of panels that is being written: without a name, or under one of its own, until it is complete.
final class PanelOutput {
    private var descriptor: Int32
    /// Its path until it is complete, where the file system has no unnamed files.
    private var part: String?

    /// Takes over an open, empty file and room for its content.
    init(_ descriptor: Int32, part: String?, byteCount: Int) throws(PanelFolder.Failure) {
        self.descriptor = descriptor
        self.part = part
        let code = mill_reserve(descriptor, byteCount)
        guard code == 0 else { throw PanelFolder.Failure(code: -code) }
    }

    deinit {
        if let part { unlink(part) }
        if descriptor >= 0 { close(descriptor) }
    }

    /// Appends some bytes.
    func write(_ bytes: UnsafeRawBufferPointer) throws(PanelFolder.Failure) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw PanelFolder.Failure(code: count == 0 ? ENOSPC : errno) }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    /// Appends some bytes.
    func write(_ bytes: [UInt8]) throws(PanelFolder.Failure) {
        var failure: PanelFolder.Failure?
        bytes.withUnsafeBytes { buffer in
            do throws(PanelFolder.Failure) { try write(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// The hash of the first bytes, as they can be read again.
    func hash(_ compute: Compute, byteCount: Int) throws -> ContentHash {
        let storage = try Storage.map(descriptor, path: "panels") {}
        return compute.contentHash(of: storage, byteCount: byteCount) { (_: Int) throws(Never) in }
    }

    /// Waits until everything is on the disk.
    func synchronize() throws(PanelFolder.Failure) {
        guard fsync(descriptor) == 0 else { throw PanelFolder.Failure(code: errno) }
    }

    /// Gives the file its name.
    func name(_ path: String) throws(PanelFolder.Failure) {
        guard let part else {
            unlink(path)
            let code = mill_name_file(descriptor, path)
            guard code == 0 else { throw PanelFolder.Failure(code: -code) }
            return
        }
        guard rename(part, path) == 0 else { throw PanelFolder.Failure(code: errno) }
        self.part = nil
    }

    /// The descriptor, which is the caller's from then on.
    func take() -> Int32 {
        defer { descriptor = -1 }
        return descriptor
    }
}
