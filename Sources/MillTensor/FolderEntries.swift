import Glibc

/// What a folder holds.
package enum FolderEntries {
    /// One thing in a folder.
    package struct Entry: Sendable, Hashable {
        package enum Kind: Sendable, Hashable {
            case file, folder, link, pipe, socket, device
        }

        /// With � and the hexadecimal digits in the place of each byte that is not UTF-8, so that different names stay different.
        package let name: String
        /// Whether the name is UTF-8; what has another one cannot be opened by ``name``.
        package let isNamed: Bool
        /// Of the thing itself, not of what a link leads to.
        package let kind: Kind
    }

    /// The names of everything in a folder but itself and its parent, in no order.
    ///
    /// - Throws: ``TensorError/fileUnreadable(path:reason:)``.
    package static func names(in path: String) throws(TensorError) -> [String] {
        var names: [String] = []
        try list(path) { _, name in names.append(String(cString: name)) }
        return names
    }

    /// Everything in a folder but itself and its parent, in no order. What disappears meanwhile is left out.
    ///
    /// - Throws: ``TensorError/fileUnreadable(path:reason:)``.
    package static func entries(in path: String) throws(TensorError) -> [Entry] {
        var entries: [Entry] = []
        try list(path) { folder, name in
            var status = stat()
            guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
            let bytes = UnsafeBufferPointer(start: name, count: strlen(name)).map { UInt8(bitPattern: $0) }
            let text = String(validating: bytes, as: UTF8.self)
            entries.append(Entry(name: text ?? shown(bytes), isNamed: text != nil, kind: kind(status.st_mode)))
        }
        guard !entries.allSatisfy(\.isNamed) else { return entries }
        var taken = Set(entries.filter(\.isNamed).map { Array($0.name.utf8) })
        return entries.map { entry in
            guard !entry.isNamed else { return entry }
            var name = entry.name
            while !taken.insert(Array(name.utf8)).inserted { name = "\u{FFFD}" + name }
            return Entry(name: name, isNamed: false, kind: entry.kind)
        }
    }

    /// - Parameter body: is given the folder's descriptor and a name that ends in zero.
    private static func list(_ path: String, _ body: (Int32, UnsafePointer<CChar>) -> Void) throws(TensorError) {
        guard let folder = opendir(path) else {
            throw .fileUnreadable(path: path, reason: String(cString: strerror(errno)))
        }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            // In its place: the entry may be shorter than the type says, and a copy would read past its end.
            withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { name in
                    if strcmp(name, ".") != 0, strcmp(name, "..") != 0 { body(dirfd(folder), name) }
                }
            }
        }
    }

    private static func kind(_ mode: mode_t) -> Entry.Kind {
        switch mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        case S_IFLNK: .link
        case S_IFIFO: .pipe
        case S_IFSOCK: .socket
        default: .device
        }
    }

    private static func shown(_ bytes: [UInt8]) -> String {
        var name = ""
        var rest = bytes[...]
        while let first = rest.first {
            let length = first < 0x80 ? 1 : (~first).leadingZeroBitCount
            if let text = String(validating: rest.prefix(length), as: UTF8.self) {
                name += text
                rest = rest.dropFirst(length)
            } else {
                name += "\u{FFFD}" + (first < 16 ? "0" : "") + String(first, radix: 16, uppercase: true)
                rest = rest.dropFirst()
            }
        }
        return name
    }
}
