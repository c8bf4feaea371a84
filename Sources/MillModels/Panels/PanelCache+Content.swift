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
            let model = panels.model(of: file)
            return File(
                name: file.name, byteCount: file.byteCount, used: file.used / 1_000_000_000, model: model,
                isModelGone: model.map { !ModelFile.exists($0) } ?? false, isInUse: panels.isInUse(file))
        }
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
                panels.model(of: file).map { !ModelFile.exists($0) } ?? true && panels.remove(file)
            }
        }
        let (old, left) = panels.prune(to: limit)
        let removed = gone + old
        return (removed.count, removed.reduce(0) { $0 + $1.byteCount }, left)
    }
}
