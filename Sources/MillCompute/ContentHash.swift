import CMillKernels
import MillTensor

/// A SHA-256 digest (FIPS 180-4).
public struct ContentHash: Sendable, Hashable {
    /// 32 of them.
    public let bytes: [UInt8]

    init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// The digest of some bytes.
    ///
    /// - Parameter plain: leaves the processor's own instructions for it aside.
    public init(of bytes: [UInt8], plain: Bool = false) {
        var digest = [UInt8](repeating: 0, count: Self.byteCount)
        mill_sha256(plain, bytes, bytes.count, &digest)
        self.init(unchecked: digest)
    }

    /// The digest of some bytes, valid during the call.
    package init(of bytes: UnsafeRawBufferPointer) {
        var digest = [UInt8](repeating: 0, count: Self.byteCount)
        mill_sha256(false, bytes.baseAddress, bytes.count, &digest)
        self.init(unchecked: digest)
    }

    /// 64 hexadecimal digits as ``hex`` gives them; nil for anything else.
    public init?(hex: some StringProtocol) {
        let digits = Array(hex.utf8)
        guard digits.count == 2 * Self.byteCount else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[index..<index + 2], as: UTF8.self)
            guard pair.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }), let byte = UInt8(pair, radix: 16)
            else { return nil }
            bytes.append(byte)
        }
        self.init(unchecked: bytes)
    }

    /// A digest that was kept; nil unless it has 32 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(unchecked: bytes)
    }

    /// In small letters.
    public var hex: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static let byteCount = 32
}

extension Compute {
    private static let hashPiece = 1 << 20
    /// Bytes between two reports of progress.
    private static let hashStride = 64 << 20

    /// The hash of a storage's content, computed by all threads: SHA-256 over the number of bytes and the SHA-256 digests of
    /// its pieces of 1 MiB. Pages of a mapped file do not stay in this process's memory for it.
    ///
    /// - Parameters:
    ///   - byteCount: only so many bytes from the start; nil means all.
    ///   - evicting: whether they leave the system's cache, too.
    ///   - progress: told from time to time how many bytes are done; what it throws ends the computation.
    public func contentHash<Failure: Error>(
        of storage: Storage, byteCount: Int? = nil, evicting: Bool = false, progress: (Int) throws(Failure) -> Void
    ) throws(Failure) -> ContentHash {
        let count = min(byteCount ?? storage.byteCount, storage.byteCount)
        var digests = [UInt8](
            repeating: 0, count: (count + Self.hashPiece - 1) / Self.hashPiece * ContentHash.byteCount)
        for start in stride(from: 0, to: count, by: Self.hashStride) {
            let length = min(Self.hashStride, count - start)
            digests.withUnsafeMutableBufferPointer { digests in
                guard let target = digests.baseAddress else { return }
                call {
                    mill_sha256_pieces(
                        $0, storage.base + start, length, Self.hashPiece,
                        target + start / Self.hashPiece * ContentHash.byteCount)
                }
            }
            storage.dropPages(start..<start + length, evicting: evicting)
            try progress(start + length)
        }
        let size = withUnsafeBytes(of: UInt64(count).littleEndian) { Array($0) }
        return ContentHash(of: size + digests)
    }

    /// The same, without a word on the way.
    public func contentHash(of storage: Storage) -> ContentHash {
        contentHash(of: storage) { (_: Int) throws(Never) in }
    }
}
