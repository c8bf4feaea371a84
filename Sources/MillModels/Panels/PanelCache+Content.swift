import MillCompute

extension PanelCache {
    /// The laid-out weights of one model.
    public struct File: Sendable, Hashable {
        public let name: String
        public let byteCount: Int
        /// When it was last mapped, in seconds since 1970.
        public let used: Int
        /// Where the model was when the file was made; nil where that cannot be read.
        public let model: String?
        /// Whether that model is there no more.
        public let isModelGone: Bool
        /// Whether a process has it mapped.
        public let isInUse: Bool
    }

    /// What is in the folder; the file that was used last comes first.
    public var files: [File] {
        guard let folder else { return [] }
        let panels = PanelFolder(path: folder)
        return panels.files.map { file in
            let model = panels.trailer(of: file).flatMap { $0.path.isEmpty ? nil : $0.path }
            return File(
                name: file.name, byteCount: file.byteCount, used: file.used / 1_000_000_000, model: model,
                isModelGone: model.map { !ModelFile.exists($0) } ?? false, isInUse: panels.isInUse(file))
        }
    }

    /// Reads all files and removes those that are damaged; the next start makes them again.
    ///
    /// - Parameter progress: told the name of a file and how many of its bytes are done; what it throws ends the work.
    /// - Returns: the files that were damaged or could not be read, and whether each is gone; one in use stays.
    /// - Throws: what `progress` throws.
    public func verify(
        _ compute: Compute = .shared, progress: (File, Int) throws(ModelError) -> Void
    ) throws(ModelError) -> [(file: File, isGone: Bool)] {
        guard let folder else { return [] }
        let panels = PanelFolder(path: folder)
        var damaged: [(file: File, isGone: Bool)] = []
        for file in files {
            let found = PanelFolder.File(name: file.name, byteCount: file.byteCount, used: 0)
            let isIntact = try panels.isIntact(found, compute) { (done: Int) throws(ModelError) in try progress(file, done) }
            if isIntact != true { damaged.append((file, panels.remove(found))) }
        }
        return damaged
    }

    /// Removes what processes that ended early have left and, until no more than `limit` bytes are left, the files that were
    /// not used for the longest time. Files in use stay.
    ///
    /// - Parameter withoutModels: whether those go, too, whose model is not where it was.
    /// - Returns: how many files were removed, their bytes, and the bytes that are left.
    public func prune(to limit: Int, withoutModels: Bool = false) -> (fileCount: Int, byteCount: Int, left: Int) {
        guard let folder else { return (0, 0, 0) }
        let panels = PanelFolder(path: folder)
        panels.removeUnfinished()
        var gone: [PanelFolder.File] = []
        if withoutModels {
            gone = panels.files.filter { file in
                panels.trailer(of: file).map { !ModelFile.exists($0.path) } ?? true && panels.remove(file)
            }
        }
        let (old, left) = panels.prune(to: limit)
        let removed = gone + old
        return (removed.count, removed.reduce(0) { $0 + $1.byteCount }, left)
    }
}
