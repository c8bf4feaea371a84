import Glibc
import MillTensor

/// The models that a user gave names: one entry each in a folder of the user's, a link to where the model lies or a copy of it.
///
/// ```swift
/// try ModelRegistry.standard.add("/data/qwen.gguf", name: "qwen")
/// let model = try ModelLoader().load(path: "name:qwen")
/// ```
public struct ModelRegistry: Sendable {
    /// A model that has a name.
    public struct Entry: Sendable, Hashable {
        public let name: String
        /// What the name stands for: a folder or a file; for a link whose target is gone, where it leads.
        public let path: String
        /// Whether the files are the registry's own.
        public let isCopy: Bool
    }

    /// nil where the environment names none.
    public let folder: String?

    /// What a copy's folder holds besides: the names of the files that were copied, one a line.
    private static let manifest = ".copied"

    public init(folder: String?) { self.folder = folder }

    /// `MILLRACE_REGISTRY`, else `$XDG_DATA_HOME/millrace/models`, else `~/.local/share/millrace/models`.
    public static var standard: ModelRegistry {
        environment { name in getenv(name).map { String(cString: $0) } }
    }

    package static func environment(_ value: (String) -> String?) -> ModelRegistry {
        func setting(_ name: String) -> String? { value(name).flatMap { $0.isEmpty ? nil : $0 } }
        if let own = setting("MILLRACE_REGISTRY") { return ModelRegistry(folder: own) }
        // A relative one is invalid and to be ignored, as its specification says.
        if let base = setting("XDG_DATA_HOME"), base.hasPrefix("/") { return ModelRegistry(folder: "\(base)/millrace/models") }
        guard let home = setting("HOME"), home.hasPrefix("/") else { return ModelRegistry(folder: nil) }
        return ModelRegistry(folder: "\(home)/.local/share/millrace/models")
    }

    /// Whether a word can be a model's name: letters, digits, `-`, `_` and `.`, the first of them a letter or a digit.
    public static func isName(_ word: String) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        guard let first = word.utf8.first, isPlain(first), word.utf8.count <= 100 else { return false }
        return word.utf8.allSatisfy { isPlain($0) || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains($0) }
    }

    /// The name that a path suggests: its last part, without `.gguf`; nil where that is no name.
    public static func suggestedName(_ path: String) -> String? {
        guard let last = path.split(separator: "/").last else { return nil }
        let name = String(last.hasSuffix(".gguf") ? last.dropLast(".gguf".count) : last)
        return isName(name) ? name : nil
    }

    /// All of them, by name; also those whose files are gone.
    public var entries: [Entry] {
        guard let folder else { return [] }
        return ModelFile.names(in: folder).filter(Self.isName).compactMap(entry)
    }

    /// The model of a name; nil where there is none.
    public func entry(_ name: String) -> Entry? {
        guard let folder, Self.isName(name) else { return nil }
        let place = "\(folder)/\(name)"
        var status = stat()
        guard lstat(place, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFLNK:
            var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
            let count = readlink(place, &target, target.count - 1)
            guard count > 0 else { return nil }
            let path = String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return Entry(name: name, path: path, isCopy: false)
        case S_IFDIR where ModelFile.exists("\(place)/\(Self.manifest)"): return Entry(name: name, path: place, isCopy: true)
        default: return nil
        }
    }

    /// Removes what copies left that were killed while they were made; copies that are being made stay.
    ///
    /// - Returns: the names of the folders that are gone.
    @discardableResult
    public func removeLeftovers() -> [String] {
        folder.map { RegistryCopy.removeLeftovers(in: $0, manifest: Self.manifest) } ?? []
    }

    /// Gives a model a name.
    ///
    /// - Parameters:
    ///   - path: a folder or a file; of a model in several files the first one.
    ///   - copying: whether its files are copied here; otherwise they stay where they are.
    ///   - isCancelled: asked while files are copied; where it is true, nothing remains.
    /// - Throws: ``ModelError/misuse(_:)`` where the name is taken or none, or the folder cannot be written,
    ///   ``ModelError/cancelled``.
    @discardableResult
    public func add(
        _ path: String, name: String, copying: Bool = false, isCancelled: () -> Bool = { false }
    ) throws(ModelError) -> Entry {
        guard let folder else { throw .misuse("there is no folder for names: set HOME, or MILLRACE_REGISTRY to a folder") }
        guard Self.isName(name) else {
            throw .misuse(
                "\"\(name)\" is no name for a model; use letters, digits, '-', '_' and '.', the first a letter or a digit")
        }
        if let known = entry(name) {
            throw .misuse(
                "there is a model \(name) already, at \(known.path); `millrace models remove \(name)`, or choose another --name")
        }
        guard let resolved = realpath(path, nil) else { throw .notFound(model: path, searched: ["the file system"]) }
        let source = String(cString: resolved)
        free(resolved)
        try Self.make(folder)
        let place = "\(folder)/\(name)"
        if copying {
            try RegistryCopy(of: source).write(to: place, manifest: Self.manifest, isCancelled)
        } else {
            guard symlink(source, place) == 0 else { throw .misuse("\(place): \(String(cString: strerror(errno)))") }
        }
        guard let made = entry(name) else { throw .misuse("\(place) is there already, and no model's name") }
        return made
    }

    /// Forgets a name. Of a copy, the files that were copied go; no others ever do.
    ///
    /// - Returns: what remains in the folder of a copy, since it was not copied; empty where nothing does.
    /// - Throws: ``ModelError/notFound(model:searched:)``, ``ModelError/misuse(_:)``.
    @discardableResult
    public func remove(_ name: String) throws(ModelError) -> [String] {
        guard let folder, let entry = entry(name) else {
            throw .notFound(model: name, searched: [folder ?? "nowhere: HOME is not set"])
        }
        let place = "\(folder)/\(name)"
        guard entry.isCopy else {
            guard unlink(place) == 0 else { throw .misuse("\(place): \(String(cString: strerror(errno)))") }
            return []
        }
        return try RegistryCopy.remove(place, manifest: Self.manifest)
    }

    private static func make(_ folder: String) throws(ModelError) {
        var path = folder.hasPrefix("/") ? "" : "."
        for part in folder.split(separator: "/") {
            path += "/\(part)"
            guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
                throw .misuse(
                    "\(path) cannot be made: \(String(cString: strerror(errno))); MILLRACE_REGISTRY names another folder")
            }
        }
    }
}
