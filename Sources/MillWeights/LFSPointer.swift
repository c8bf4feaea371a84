import MillTensor

/// The few lines of text that Git leaves in place of a large file where Git LFS is not set up.
package enum LFSPointer {
    private static let start = Array("version https://git-lfs".utf8)

    /// - Throws: ``WeightsError/unreadable(path:reason:)`` for such a file.
    package static func refuse(_ storage: Storage, path: String) throws(WeightsError) {
        guard UnsafeRawBufferPointer(start: storage.base, count: storage.byteCount).starts(with: start) else { return }
        throw .unreadable(
            path: path, reason: "it is a pointer of Git LFS and not the file itself; fetch that with: git lfs pull")
    }
}
