import Glibc
import MillCompute
import MillTensor

/// What of an unfinished file is on the disk: a line for each piece, with its SHA-256. With it a conversion that was killed goes
/// on where it was.
final class WriteJournal {
    /// A piece of a tensor's data.
    struct Piece: Hashable {
        let byteCount: Int
        let hash: ContentHash
    }

    private let target: OutputTarget
    private let descriptor: Int32
    private(set) var pieces: [Piece] = []

    private static let heading = "millrace write journal 1"

    /// Begins a new journal, or goes on with the one that is there.
    ///
    /// - Parameters:
    ///   - identity: of what is written; another one's journal is refused.
    ///   - isResuming: go on with what is there, if anything is.
    init(_ target: OutputTarget, identity: ContentHash, isResuming: Bool) throws(WeightsError) {
        self.target = target
        let first = "\(Self.heading) \(identity.hex)"
        let known = isResuming ? try Self.read(target) : nil
        if let known, known.first != first {
            throw .anothersPart(
                path: target.path,
                reason: "\(target.partPath) was begun from another source or with other options; leave --resume out to begin anew"
            )
        }
        pieces = known?.lines ?? []
        let descriptor = open(
            target.journalPath, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_APPEND | (pieces.isEmpty ? O_TRUNC : 0), 0o666)
        guard descriptor >= 0 else { throw target.failure(errno) }
        self.descriptor = descriptor
        if pieces.isEmpty { try append(line: first) }
    }

    deinit { close(descriptor) }

    /// Notes a piece that is written.
    func append(_ piece: Piece) throws(WeightsError) {
        try append(line: "\(piece.byteCount) \(piece.hash.hex)")
        pieces.append(piece)
    }

    /// Keeps the first pieces only, and no line that was cut off; what follows is written anew.
    func cut(to count: Int, identity: ContentHash) throws(WeightsError) {
        let kept = pieces.prefix(count)
        guard ftruncate(descriptor, 0) == 0 else { throw target.failure(errno) }
        pieces = []
        try append(line: "\(Self.heading) \(identity.hex)")
        for piece in kept { try append(piece) }
    }

    private func append(line: String) throws(WeightsError) {
        let bytes = Array("\(line)\n".utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw target.failure(errno) }
    }

    /// nil where there is no journal. A line that was cut off, and all after it, do not count.
    private static func read(_ target: OutputTarget) throws(WeightsError) -> (first: String, lines: [Piece])? {
        guard FileSystem.exists(target.journalPath) else { return nil }
        let text = String(decoding: try FileSystem.read(target.journalPath, limit: 64 << 20), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        guard let first = lines.first else { return nil }
        var pieces: [Piece] = []
        for line in lines.dropFirst() {
            let words = line.split(separator: " ")
            guard words.count == 2, let count = Int(words[0]), count >= 0, let hash = ContentHash(hex: words[1]) else { break }
            pieces.append(Piece(byteCount: count, hash: hash))
        }
        return (String(first), pieces)
    }
}
