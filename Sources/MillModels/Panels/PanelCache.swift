import Glibc
import MillTensor

/// Where weights that were laid out in panels are kept from one start to the next.
///
/// ```swift
/// let loader = ModelLoader(panels: PanelCache(folder: "/var/cache/vision"))
/// ```
/// The panels of models below 64 MiB are made at each start, which takes some milliseconds. Those of larger ones are made at
/// the first start and mapped from a file at the later ones, shared between processes. Where no file can be written they are
/// made in memory at each start.
public struct PanelCache: Sendable {
    /// Where files are kept.
    enum Place: Sendable, Hashable {
        case folder(String)
        /// By the user's wish.
        case off
        /// There is none, and why.
        case missing(String)
    }

    var place: Place
    /// All files together do not become larger than this: those that were not used for the longest time go first, but none
    /// that is in use.
    public var byteLimit: Int
    /// From so many bytes of panels on they are kept in files.
    package var fileThreshold = 64 << 20
    /// A file's hash is remembered if it did not change in this time before it was read, in nanoseconds: the clocks of file
    /// systems are coarse, and a change right after another one may not show in a file's state.
    package var settlingTime = 2_000_000_000
    /// Panels are counted and not made; models then multiply with the rows of their file.
    var isDeferred = false

    /// Without a limit in the environment.
    public static let defaultByteLimit = 16 << 30

    /// A cache in a folder, which is made if it does not exist.
    public init(folder: String, byteLimit: Int = defaultByteLimit) {
        place = .folder(folder)
        self.byteLimit = byteLimit
    }

    private init(place: Place, byteLimit: Int) {
        self.place = place
        self.byteLimit = byteLimit
    }

    /// No files: panels are made in memory at each start.
    public static let off = PanelCache(place: .off, byteLimit: 0)

    /// What the environment says: `MILLRACE_CACHE` (a folder, or `off`), else `$XDG_CACHE_HOME/millrace/panels`, else
    /// `~/.cache/millrace/panels`; and `MILLRACE_CACHE_LIMIT`.
    public static var standard: PanelCache {
        // Here there is nobody to tell of a wrong limit; `checkEnvironment()` does.
        environment { name in getenv(name).map { String(cString: $0) } }
    }

    /// Whether the environment's limit can be read; programs ask at their start.
    ///
    /// - Throws: ``ModelError/misuse(_:)``.
    public static func checkEnvironment() throws(ModelError) {
        guard let text = getenv("MILLRACE_CACHE_LIMIT").map({ String(cString: $0) }), !text.isEmpty, ByteCount.parse(text) == nil
        else { return }
        throw .misuse(
            "MILLRACE_CACHE_LIMIT is \"\(text)\"; give it a number of bytes, or one with K, M, G or T behind it, such as 8G")
    }

    package static func environment(_ value: (String) -> String?) -> PanelCache {
        func setting(_ name: String) -> String? { value(name).flatMap { $0.isEmpty ? nil : $0 } }
        let limit = setting("MILLRACE_CACHE_LIMIT").flatMap(ByteCount.parse) ?? defaultByteLimit
        if let own = setting("MILLRACE_CACHE") {
            return own == "off" ? off : PanelCache(folder: own, byteLimit: limit)
        }
        // A relative one is invalid and to be ignored, as its specification says.
        if let base = setting("XDG_CACHE_HOME"), base.hasPrefix("/") {
            return PanelCache(folder: "\(base)/millrace/panels", byteLimit: limit)
        }
        guard let home = setting("HOME"), home.hasPrefix("/") else {
            return PanelCache(place: .missing("neither HOME nor XDG_CACHE_HOME is set"), byteLimit: limit)
        }
        return PanelCache(folder: "\(home)/.cache/millrace/panels", byteLimit: limit)
    }

    /// The same cache, for models that are only looked at.
    public var deferred: PanelCache {
        var cache = self
        cache.isDeferred = true
        return cache
    }

    /// The folder; nil without one.
    public var folder: String? {
        if case .folder(let path) = place { path } else { nil }
    }
}
