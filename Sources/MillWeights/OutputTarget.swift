import Glibc

/// Where a file is to be written: checked before anything is, so that a wrong path is told at once and nothing is harmed.
package struct OutputTarget {
    /// What the path of an unfinished file, and of the journal of what it holds, ends in besides the file's own name.
    package static let (partEnding, journalEnding) = (".part", ".part.log")
    /// The same of all that writing a file makes: the file itself comes first.
    package static let endings = ["", partEnding, journalEnding]

    /// As it was asked for, for messages.
    let path: String
    /// The permissions of the file that is there already.
    let mode: mode_t?
    /// The file's own place: where the path is a link, that of the file that it leads to.
    private let place: String

    /// - Throws: ``WeightsError/unwritable(path:reason:)`` for what is there and is no file, for a file without the right to
    ///   write to it, for a link to nothing, and without the folder.
    init(_ path: String) throws(WeightsError) {
        func refusal(_ reason: String) -> WeightsError { .unwritable(path: path.isEmpty ? "''" : path, reason: reason) }
        guard !path.isEmpty else { throw refusal("the file has no name") }
        self.path = path
        var status = stat()
        if stat(path, &status) == 0 {
            if let kind = Self.kind(status.st_mode) { throw refusal("it is \(kind), and no file that could be replaced") }
            guard status.st_mode & S_IWUSR != 0, access(path, W_OK) == 0 else {
                throw refusal("it is there already and may only be read; choose another name, or `chmod u+w` it")
            }
            mode = status.st_mode & 0o7777
            guard let resolved = realpath(path, nil) else { throw refusal(String(cString: strerror(errno))) }
            defer { free(resolved) }
            place = String(cString: resolved)
            return
        }
        let error = errno
        mode = nil
        place = path
        guard error == ENOENT || error == ENOTDIR else { throw refusal(String(cString: strerror(error))) }
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK {
            throw refusal("it is a link to a file that does not exist; remove it, or choose another name")
        }
        let folder = self.folder
        guard stat(folder, &status) == 0 else { throw refusal("the folder \(folder) does not exist") }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw refusal("\(folder) is no folder") }
    }

    /// Where the file goes when it is complete: over the one that is there.
    func replace(with temporaryPath: String) throws(WeightsError) {
        guard rename(temporaryPath, place) == 0 else { throw failure(errno) }
    }

    /// A name beside the file's place that nothing has yet, most likely.
    func temporaryPath() -> String {
        let name = place.split(separator: "/").last ?? ""
        // Names are at most 255 bytes long; part of a long one is enough to tell what the file was to be.
        let start = String(decoding: name.utf8.prefix(120), as: UTF8.self)
        return "\(folder == "/" ? "" : folder)/\(start).\(String(UInt64.random(in: 0 ... .max), radix: 36))\(Self.partEnding)"
    }

    /// Where an unfinished file waits to be gone on with, and what it is made of.
    var partPath: String { place + Self.partEnding }
    var journalPath: String { place + Self.journalEnding }

    /// The error of a system call on the way to this file.
    func failure(_ error: Int32) -> WeightsError { .unwritable(path: path, reason: String(cString: strerror(error))) }

    private var folder: String {
        guard let slash = place.lastIndex(of: "/") else { return "." }
        return slash == place.startIndex ? "/" : String(place[..<slash])
    }

    /// What is there in a file's place; nil where it is a file.
    private static func kind(_ mode: mode_t) -> String? {
        switch mode & S_IFMT {
        case S_IFREG: nil
        case S_IFDIR: "a folder"
        case S_IFIFO: "a pipe"
        case S_IFSOCK: "a socket"
        default: "a device"
        }
    }
}
