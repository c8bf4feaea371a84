import CMillSystem
import Glibc

/// The memory behind tensors: one allocation or mapping with one owner, which frees it when the last view goes.
///
/// Storages are shared freely between threads. Whoever holds a storage that nobody else has seen may write to it;
/// once a tensor has been handed on, its bytes no longer change. Mapped files are read-only for everybody.
public final class Storage: @unchecked Sendable {
    /// Where the bytes live.
    public enum Kind: Sendable, Hashable {
        /// A read-only mapping of a file.
        case mappedFile(path: String)
        /// A 64-byte-aligned buffer of its own, or one on loan from a ``StoragePool``.
        case owned
        /// An anonymous mapping that other processes can share through ``Storage/fileDescriptor``.
        case shared
    }

    public let kind: Kind
    public let byteCount: Int
    /// The descriptor of a shared storage.
    public let fileDescriptor: Int32?
    /// The state of a mapped file when it was mapped.
    package let fileState: FileState?
    /// The first of ``byteCount`` bytes; valid as long as this object lives.
    package let base: UnsafeMutableRawPointer
    private let release: @Sendable (UnsafeMutableRawPointer) -> Void

    init(
        kind: Kind, byteCount: Int, base: UnsafeMutableRawPointer, fileDescriptor: Int32? = nil, fileState: FileState? = nil,
        release: @escaping @Sendable (UnsafeMutableRawPointer) -> Void
    ) {
        self.kind = kind
        self.byteCount = byteCount
        self.base = base
        self.fileDescriptor = fileDescriptor
        self.fileState = fileState
        self.release = release
    }

    deinit { release(base) }

    /// The alignment of owned buffers, in bytes: one cache line, and the widest vector register.
    public static let alignment = 64

    /// Whether the bytes may be written by the storage's creator.
    public var isWritable: Bool {
        if case .mappedFile = kind { false } else { true }
    }

    /// A new aligned buffer with unspecified content.
    public static func allocate(byteCount: Int) throws(TensorError) -> Storage {
        Storage(kind: .owned, byteCount: byteCount, base: try allocateAligned(byteCount: byteCount)) { free($0) }
    }

    /// Zeroed memory that another process can map through ``fileDescriptor``.
    public static func shared(byteCount: Int, name: String = "millrace") throws(TensorError) -> Storage {
        let descriptor = mill_memfd_create(name, max(byteCount, 1))
        guard descriptor >= 0 else { throw .outOfMemory(byteCount: byteCount) }
        guard let base = mmap(nil, max(byteCount, 1), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            base != MAP_FAILED
        else {
            close(descriptor)
            throw .outOfMemory(byteCount: byteCount)
        }
        return Storage(kind: .shared, byteCount: byteCount, base: base, fileDescriptor: descriptor) {
            munmap($0, max(byteCount, 1))
            close(descriptor)
        }
    }

    /// The content, copied; for small files such as configuration.
    public var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: base, count: byteCount)) }

    static func allocateAligned(byteCount: Int) throws(TensorError) -> UnsafeMutableRawPointer {
        var pointer: UnsafeMutableRawPointer?
        guard byteCount >= 0, posix_memalign(&pointer, alignment, max(byteCount, 1)) == 0, let pointer else {
            throw .outOfMemory(byteCount: byteCount)
        }
        return pointer
    }

    static func systemMessage() -> String { String(cString: strerror(errno)) }
}
