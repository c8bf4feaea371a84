import Glibc
import MillWeights

/// The files of a model, copied into a folder of the registry, and taken away again.
struct RegistryCopy {
    /// Folders in a model's folder are followed so far.
    private static let depth = 3
    private static let fileLimit = 10_000
    // Paths are taken apart by bytes: a mark that begins a name is one character with the separator before it.
    private static let lineBreak = UInt8(ascii: "\n"), slash = UInt8(ascii: "/")

    private let root: String
    /// Relative to the root.
    private let files: [String]

    /// - Parameter source: a folder, of which all but hidden files is taken; or a file, with the other parts of its model and the
    ///   picture side beside it.
    init(of source: String) throws(ModelError) {
        if ModelFile.isFolder(source) {
            root = source
            files = try Self.files(in: source, below: "", depth: Self.depth)
        } else {
            let (folder, name) = ModelFile.split(source)
            let names = ModelFile.names(in: folder)
            root = folder
            let parts = GGUFSplit.parts(of: name, among: names)
            let sides = names.filter { $0 != name && PictureSide.isNamedMmproj($0) }
            files = (parts.isEmpty ? [name] : parts) + (sides.count == 1 ? sides : [])
        }
        guard !files.isEmpty else { throw .notAModel(path: source, reason: "the folder is empty") }
        for file in files where file.utf8.contains(Self.lineBreak) {
            throw .notAModel(
                path: "\(root)/\(file)",
                reason: "its name has a line break, and the list of copied files is one by lines; rename it")
        }
    }

    private static func files(in root: String, below folder: String, depth: Int) throws(ModelError) -> [String] {
        var found: [String] = []
        for name in ModelFile.names(in: folder.isEmpty ? root : "\(root)/\(folder)") {
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            if ModelFile.isFolder("\(root)/\(path)") {
                if depth > 0 { found += try files(in: root, below: path, depth: depth - 1) }
            } else {
                found.append(path)
            }
            guard found.count <= fileLimit else {
                throw .notAModel(path: root, reason: "it holds more than \(fileLimit) files; name the model's own folder")
            }
        }
        return found
    }

    /// Copies into a folder that appears when it is whole. Until then it is hidden, and locked for as long as this process lives.
    func write(to place: String, manifest: String, _ isCancelled: () -> Bool) throws(ModelError) {
        let (temporary, lock) = try Self.makeHidden(for: place)
        defer { close(lock) }
        do throws(ModelError) {
            // The list comes first, so that whatever is there is known to be a copy.
            try Self.write(files.joined(separator: "\n"), to: "\(temporary)/\(manifest)")
            for file in files {
                try Self.makeFolders(of: file, in: temporary)
                try Self.copy("\(root)/\(file)", to: "\(temporary)/\(file)", isCancelled)
            }
            chmod(temporary, 0o755)
            guard rename(temporary, place) == 0 else { throw Self.failure(place) }
        } catch {
            _ = try? Self.remove(temporary, manifest: manifest)
            throw error
        }
    }

    /// Removes the files that a folder's list names, and the folders that are empty then.
    ///
    /// - Returns: what remains.
    static func remove(_ place: String, manifest: String) throws(ModelError) -> [String] {
        let list = String(decoding: try ModelFile.bytes("\(place)/\(manifest)"), as: UTF8.self)
        var folders: Set<String> = []
        for file in list.utf8.split(separator: lineBreak).map({ String(Substring($0)) }) {
            let parts = file.utf8.split(separator: slash).map { String(Substring($0)) }
            // A list that was changed leads nowhere else.
            guard !parts.contains(".."), file.utf8.first != slash else { continue }
            guard unlink("\(place)/\(file)") == 0 || errno == ENOENT else { throw failure("\(place)/\(file)") }
            for count in 1..<max(1, parts.count) { folders.insert(parts.prefix(count).joined(separator: "/")) }
        }
        for folder in folders.sorted(by: { $0.utf8.count > $1.utf8.count }) { rmdir("\(place)/\(folder)") }
        let left = ModelFile.names(in: place)
        unlink("\(place)/\(manifest)")
        guard left.isEmpty else { return left }
        guard rmdir(place) == 0 else { throw failure(place) }
        return []
    }

    private static func makeFolders(of file: String, in root: String) throws(ModelError) {
        var path = root
        for part in file.utf8.split(separator: slash).dropLast() {
            path += "/\(Substring(part))"
            guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure(path) }
        }
    }

    private static func write(_ text: String, to path: String) throws(ModelError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure(path) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else { throw failure(path) }
    }

    private static func copy(_ source: String, to target: String, _ isCancelled: () -> Bool) throws(ModelError) {
        // A pipe would wait for somebody who writes.
        let input = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard input >= 0 else { throw failure(source) }
        defer { close(input) }
        var status = stat()
        guard fstat(input, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .notAModel(path: source, reason: "it is no file, and cannot be copied")
        }
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard output >= 0 else { throw failure(target) }
        defer { close(output) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            if isCancelled() { throw .cancelled }
            let count = read(input, &buffer, buffer.count)
            if count == 0 { return }
            guard count > 0 || errno == EINTR else { throw failure(source) }
            var written = 0
            while written < count {
                let step = buffer.withUnsafeBytes { Glibc.write(output, $0.baseAddress.map { $0 + written }, count - written) }
                guard step > 0 || errno == EINTR else { throw failure(target) }
                written += max(0, step)
            }
        }
    }

    static func failure(_ path: String) -> ModelError { .misuse("\(path): \(String(cString: strerror(errno)))") }
}
