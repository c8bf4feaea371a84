import Glibc

/// What a folder holds.
package enum FolderEntries {
    /// The names of everything in a folder but itself and its parent, in no order.
    ///
    /// - Throws: ``TensorError/fileUnreadable(path:reason:)``.
    package static func names(in path: String) throws(TensorError) -> [String] {
        guard let folder = opendir(path) else {
            throw .fileUnreadable(path: path, reason: String(cString: strerror(errno)))
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            // In its place: the entry may be shorter than the type says, and a copy would read past its end.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
