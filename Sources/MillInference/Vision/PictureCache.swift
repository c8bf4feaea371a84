import MillCompute
import MillModels
import MillTensor
import Synchronization

/// The pictures that a model looked at last, by their pixels, so that a picture about which much is asked is encoded once.
package final class PictureCache: Sendable {
    /// Pictures that are kept; one of GLM-Edge-V takes some 5 MB, one of Llama 3.2 Vision 300 MB.
    private static let limit = 4
    /// Of the memory that the process may use, this part may be pictures.
    private static let share = 16

    private let byteLimit: Int
    private let pictures = Mutex<[(key: ContentHash, picture: any EncodedPicture)]>([])

    /// - Parameter byteLimit: bytes that all pictures may take together; nil for a sixteenth of the memory (``MemoryBudget``).
    package init(byteLimit: Int? = nil) { self.byteLimit = byteLimit ?? MemoryBudget.now().totalByteCount / Self.share }

    package func picture(_ key: ContentHash) -> (any EncodedPicture)? {
        pictures.withLock { pictures in
            guard let index = pictures.firstIndex(where: { $0.key == key }) else { return nil }
            let found = pictures.remove(at: index)
            pictures.append(found)
            return found.picture
        }
    }

    /// Keeps a picture, and forgets those that were not asked for longest. One that is larger than all may be is not kept.
    package func keep(_ picture: any EncodedPicture, _ key: ContentHash) {
        guard picture.byteCount <= byteLimit else { return }
        pictures.withLock { pictures in
            pictures.removeAll { $0.key == key }
            pictures.append((key, picture))
            var sum = pictures.reduce(0) { $0 + $1.picture.byteCount }
            while pictures.count > Self.limit || sum > byteLimit { sum -= pictures.removeFirst().picture.byteCount }
        }
    }
}

extension ContentHash {
    /// Of a picture's size and pixels, U8 `[height, width, 3]`; rows may be strided. nil for what are no pixels.
    init?(pixels: Tensor) {
        guard pixels.dtype == .u8, pixels.rank == 3 else { return nil }
        var digests: [UInt8] = pixels.shape.flatMap { size in withUnsafeBytes(of: UInt64(size).littleEndian) { Array($0) } }
        for row in 0..<pixels.shape[0] {
            guard let line = try? pixels.rows(row..<row + 1) else { return nil }
            digests += line.withBytes { bytes in
                ContentHash(of: bytes.withUnsafeBytes { Array($0) }).bytes
            }
        }
        self.init(bytes: ContentHash(of: digests).bytes)
    }
}
