import Glibc
import MillCompute
import MillTensor

/// Gives a model's matrices as panels: from a file that was made earlier, into a new file, or in memory.
struct PanelMaker {
    let compute: Compute
    let cache: PanelCache
    let isCancelled: () -> Bool
    let notify: (LoadEvent) -> Void

    /// Bytes of panels that are made at once.
    private static let pieceByteCount = 16 << 20

    /// - Parameter path: the model's, for messages.
    /// - Throws: ``ModelError/cancelled``, ``ModelError/memory(_:)``.
    func panels(for plan: PanelPlan, of path: String) throws(ModelError) -> PanelSet {
        let table = try PanelTable(plan)
        var set = PanelSet(byteCount: table.byteCount, sourceByteCount: table.sourceByteCount)
        guard !table.entries.isEmpty else { return set }
        let isSmall = table.byteCount < cache.fileThreshold
        guard !cache.isDeferred else {
            if !isSmall, case .folder(let folder) = cache.place { set.place = .folder(folder) }
            return set
        }
        if !isSmall, let sources = table.sources, let file = try file(table, sources, path) {
            set.panels = file.panels
            set.place = file.path.map(PanelSet.Place.file) ?? .memory
        } else {
            set.panels = try memory(table, path, isSilent: isSmall)
        }
        return set
    }

    // --- In a file ---

    /// nil where no file can be had; the reason has been told.
    private func file(
        _ table: PanelTable, _ sources: [Storage], _ path: String
    ) throws(ModelError) -> (panels: [PanelKey: WeightPanels], path: String?)? {
        let folder: PanelFolder
        switch cache.place {
        case .off: return nil
        case .missing(let reason):
            warn(path, reason)
            return nil
        case .folder(let name): folder = PanelFolder(path: name)
        }
        do {
            try folder.make()
            try folder.checkIsOfUse()
        } catch {
            warn(path, error.reason)
            return nil
        }
        let format = try PanelFormat(table, hashes: hashes(of: sources, folder, path))
        func look() throws(ModelError) -> (panels: [PanelKey: WeightPanels], path: String?)? {
            guard case .panels(let storage, let file) = folder.find(format) else { return nil }
            folder.note(model: realPath(path), in: file)
            return (try table.panels(in: storage, byteOffset: format.header.count), file)
        }
        if let found = try look() { return found }
        var isWaiting = false
        let wait = { () throws(ModelError) in
            if !isWaiting { notify(.waiting(model: path)) }
            isWaiting = true
            try check()
        }
        return try folder.alone(format.key, onWait: wait) { () throws(ModelError) in
            // Whoever was first may have made it meanwhile.
            if let found = try look() { return found }
            if case .broken(let file, let reason) = folder.find(format) {
                notify(.warning("\(file) is not used: \(reason)"))
            }
            folder.removeUnfinished()
            guard let room = room(for: format, in: folder, path) else { return nil }
            do { return try make(table, format, sources, in: room, path) } catch let failure as PanelFolder.Failure {
                warn(path, "\(folder.path): \(failure.reason)")
                return nil
            } catch { throw ModelError(error) }
        }
    }

    private func room(for format: PanelFormat, in folder: PanelFolder, _ path: String) -> PanelFolder? {
        let limit = cache.byteLimit - format.fileByteCount
        guard limit >= 0, folder.prune(to: limit).byteCount <= limit else {
            warn(
                path,
                "with \(format.fileByteCount >> 20) MiB more, the files in \(folder.path) would be over the limit of"
                    + " \(cache.byteLimit >> 20) MiB", "set MILLRACE_CACHE_LIMIT to more")
            return nil
        }
        return folder
    }

    private func make(
        _ table: PanelTable, _ format: PanelFormat, _ sources: [Storage], in folder: PanelFolder, _ path: String
    ) throws -> (panels: [PanelKey: WeightPanels], path: String?) {
        notify(.layingOut(model: path, done: 0, of: table.byteCount))
        defer { notify(.done) }
        let output = try folder.newFile(byteCount: format.fileByteCount)
        try output.write(format.header)
        let widest = table.entries.reduce(0) { max($0, $1.byteCount / panelCount($1)) }
        let piece = try Storage.allocate(byteCount: max(Self.pieceByteCount, widest))
        var done = 0
        for entry in table.entries {
            let step = max(1, piece.byteCount / (entry.byteCount / panelCount(entry))) * WeightPanels.rowsPerPanel
            let count = entry.rows.shape[0]
            for start in stride(from: 0, to: count, by: step) {
                let rows = try entry.rows.rows(start..<min(start + step, count))
                let target = try WeightPanels(rows.dtype, rows: rows.shape[0], columns: rows.shape[1], storage: piece)
                try compute.pack(rows, into: target)
                try output.write(UnsafeRawBufferPointer(start: piece.base, count: target.byteCount))
                done += target.byteCount
                notify(.layingOut(model: path, done: done, of: table.byteCount))
                try check()
            }
            dropSource(entry)
        }
        let hash = try output.hash(compute, byteCount: format.fileByteCount - PanelFormat.Trailer.byteCount)
        try output.write(PanelFormat.Trailer(hash: hash, path: realPath(path)).bytes)
        try output.synchronize()
        guard sources.allSatisfy(isUnchanged) else {
            notify(.warning("\(path) changed while it was read; its panels are not kept"))
            return (try table.panels(in: try folder.map(output), byteOffset: format.header.count), nil)
        }
        let file = try folder.publish(output, format)
        return (try table.panels(in: try folder.map(output), byteOffset: format.header.count), file)
    }

    private func isUnchanged(_ source: Storage) -> Bool {
        guard case .mappedFile(let file) = source.kind else { return false }
        return FileState(path: file) == source.fileState
    }

    /// The hashes of files, from the index where they have not changed since.
    private func hashes(of files: [Storage], _ folder: PanelFolder, _ path: String) throws(ModelError) -> [ContentHash] {
        let index = HashIndex(folder: folder.path)
        return try files.map { file throws(ModelError) in
            if let state = file.fileState, let known = index.hash(of: state) { return known }
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            defer { notify(.done) }
            let isLarge = HardwareProfile.current.isLarge(byteCount: file.byteCount)
            let hash = try compute.contentHash(of: file, evicting: isLarge) { (done: Int) throws(ModelError) in
                notify(.hashing(model: path, done: done, of: file.byteCount))
                try check()
            }
            let settled = now.tv_sec * 1_000_000_000 + now.tv_nsec - cache.settlingTime
            if let state = file.fileState, max(state.modified, state.changed) < settled { index.remember(hash, of: state) }
            return hash
        }
    }

    private func warn(
        _ path: String, _ reason: String, _ remedy: String = "set MILLRACE_CACHE to a folder with room for them, or to off"
    ) {
        notify(.warning("the weights of \(path) are laid out in memory, and again at each start: \(reason); \(remedy)"))
    }

    private func check() throws(ModelError) {
        if isCancelled() { throw .cancelled }
    }

    // --- In memory ---

    private func memory(
        _ table: PanelTable, _ path: String, isSilent: Bool
    ) throws(ModelError) -> [PanelKey: WeightPanels] {
        try MemoryNeed(laidOutByteCount: table.byteCount).check(path, .now())
        let storage: Storage
        do { storage = try Storage.allocate(byteCount: table.byteCount) } catch { throw .memory(error) }
        let panels = try table.panels(in: storage, byteOffset: 0)
        var done = 0
        defer { if !isSilent { notify(.done) } }
        for entry in table.entries {
            guard let target = panels[entry.key] else { continue }
            try ModelError.wrapping { try compute.pack(entry.rows, into: target) }
            dropSource(entry)
            done += entry.byteCount
            if !isSilent { notify(.layingOut(model: path, done: done, of: table.byteCount)) }
            try check()
        }
        return panels
    }

    private func panelCount(_ entry: PanelTable.Entry) -> Int {
        (entry.rows.shape[0] + WeightPanels.rowsPerPanel - 1) / WeightPanels.rowsPerPanel
    }

    /// What lies in panels is not held twice.
    private func dropSource(_ entry: PanelTable.Entry) {
        let start = entry.rows.byteOffset
        let storage = entry.rows.storage
        storage.dropPages(
            start..<start + entry.rows.byteCount, evicting: HardwareProfile.current.isLarge(byteCount: storage.byteCount))
    }

    private func realPath(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
