import MillCompute
import MillModels
import MillTensor
import Synchronization

/// The pictures that a model looked at last, by their pixels, so that a picture about which much is asked is encoded once.
final class PictureCache: Sendable {
    /// Pictures that are kept; one of GLM-Edge-V takes some 5 MB.
    private static let limit = 4

    private let pictures = Mutex<[(key: ContentHash, picture: any EncodedPicture)]>([])

    func picture(_ key: ContentHash) -> (any EncodedPicture)? {
        pictures.withLock { pictures in
            guard let index = pictures.firstIndex(where: { $0.key == key }) else { return nil }
            let found = pictures.remove(at: index)
            pictures.append(found)
            return found.picture
        }
    }

    func keep(_ picture: any EncodedPicture, _ key: ContentHash) {
        pictures.withLock { pictures in
            pictures.append((key, picture))
            if pictures.count > Self.limit { pictures.removeFirst() }
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
