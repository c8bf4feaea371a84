import Glibc
import MillCompute
import MillTensor

/// Remembers the hashes of files by what `stat` says about them, so that they are not read at every start.
///
/// A text file with one line for each: device, inode, bytes, times of the last changes, hash, and the line's own check.
/// Lines that are damaged count for nothing.
struct HashIndex {
    private static let lineLimit = 200
    private static let byteLimit = 1 << 20

    private let folder: String
    private let path: String

    init(folder: String) {
        self.folder = folder
        path = "\(folder)/\(PanelFolder.indexName)"
    }

    func hash(of state: FileState) -> ContentHash? {
        entries.last { $0.state == state }?.hash
    }

    /// Where it cannot be written, the next start reads the file again.
    func remember(_ hash: ContentHash, of state: FileState) {
        let others = entries.filter { ($0.state.device, $0.state.inode) != (state.device, state.inode) }
        let kept = others.suffix(Self.lineLimit - 1) + [(state, hash)]
        let temporary = "\(folder)/\(PanelFolder.unfinishedName())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let text = Array(kept.map { Self.line($0.state, $0.hash) + "\n" }.joined().utf8)
        guard write(descriptor, text, text.count) == text.count, rename(temporary, path) == 0 else {
            unlink(temporary)
            return
        }
    }

    private var entries: [(state: FileState, hash: ContentHash)] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.isTrusted else { return [] }
        var bytes = [UInt8](repeating: 0, count: Self.byteLimit)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return [] }
        return bytes[..<count].split(separator: UInt8(ascii: "\n")).compactMap {
            Self.entry(String(decoding: $0, as: UTF8.self))
        }
    }

    private static func line(_ state: FileState, _ hash: ContentHash) -> String {
        let text = "\(state.device) \(state.inode) \(state.byteCount) \(state.modified) \(state.changed) \(hash.hex)"
        return "\(text) \(check(text))"
    }

    private static func check(_ text: String) -> String { String(ContentHash(of: Array(text.utf8)).hex.prefix(16)) }

    private static func entry(_ line: String) -> (state: FileState, hash: ContentHash)? {
        let fields = line.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count == 7, let device = UInt64(fields[0]), let inode = UInt64(fields[1]), let count = Int(fields[2]),
            let modified = Int(fields[3]), let changed = Int(fields[4]), let hash = ContentHash(hex: fields[5])
        else { return nil }
        let state = FileState(device: device, inode: inode, byteCount: count, modified: modified, changed: changed)
        return self.line(state, hash) == line ? (state, hash) : nil
    }
}

extension stat {
    /// Whether only this user or the administrator can have written the file.
    var isTrusted: Bool { (st_uid == geteuid() || st_uid == 0) && st_mode & (S_IWGRP | S_IWOTH) == 0 }
}
