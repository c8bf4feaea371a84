import MillExtraction
import MillGraph
import Synchronization

/// Which document stands for a content, so that the same content under another name is not read again.
///
/// That is the first one of a run, or one of an earlier run whose results are all there; not one whose file has become another
/// since, as the source tells before it sends anything.
final class ContentOwners: Sendable {
    private struct State {
        /// By SHA-256.
        var begun: [String: String] = [:]
        /// Identities of this run's files by the bytes of their names: names that look the same are not the same file.
        var expected: [[UInt8]: String] = [:]
        var results: ArchiveIndex?
    }

    private let folder: String?
    private let state = Mutex(State())

    /// - Parameter folder: where `sink.records` keeps what was read; nil knows of no earlier run.
    init(results folder: String?) { self.folder = folder }

    func expect(_ items: [ExpectedItem]) {
        state.withLock { state in
            for item in items { state.expected[Array(item.key.utf8)] = item.identity }
        }
    }

    /// The name of the document that stands for this content: from now on `name` itself, if there is none.
    func owner(of sha256: String, claimedBy name: String) throws(ArchiveError) -> String {
        try state.withLock { state throws(ArchiveError) in
            if let owner = state.begun[sha256] { return owner }
            if let owner = try earlier(sha256, besides: name, &state) { return owner }
            state.begun[sha256] = name
            return name
        }
    }

    /// A content that could not be read stands for no other file of it.
    func release(_ sha256: String, claimedBy name: String) {
        state.withLock { state in
            guard let owner = state.begun[sha256], owner.utf8.elementsEqual(name.utf8) else { return }
            state.begun[sha256] = nil
        }
    }

    /// Whether what an earlier run has said of a document still holds: one that was skipped needs the other one that was read.
    func holds(_ name: String) -> Bool {
        state.withLock { state in
            do throws(ArchiveError) {
                guard let entry = try results(&state)?.entry(of: name), entry.status == .skipped, !entry.sha256.isEmpty else {
                    return true
                }
                return try earlier(entry.sha256, besides: name, &state) != nil
            } catch { return false }
        }
    }

    /// A document of an earlier run.
    private func earlier(_ sha256: String, besides name: String, _ state: inout State) throws(ArchiveError) -> String? {
        try results(&state)?.readers(of: sha256).first { entry in
            let now = state.expected[Array(entry.file.utf8)]
            return !entry.file.utf8.elementsEqual(name.utf8) && (now == nil || now == entry.origin.identity)
        }?.file
    }

    /// They may come into being after this does.
    private func results(_ state: inout State) throws(ArchiveError) -> ArchiveIndex? {
        if state.results == nil, let folder { state.results = try ArchiveIndex(readingFolder: folder) }
        return state.results
    }
}
