import MillCompute
import MillTensor

/// A matrix that a model multiplies with: a tensor of its file, or some of its rows.
struct PanelKey: Hashable, Sendable {
    let name: String
    let rows: Range<Int>
}

/// The quantized matrices of a model that are to lie in panels, in the order in which the model names them.
final class PanelPlan {
    private(set) var matrices: [(key: PanelKey, rows: Tensor)] = []
    private var known: Set<PanelKey> = []

    /// Notes a matrix `[m, k]`, once; those of types without panels are left out.
    func add(_ key: PanelKey, _ rows: Tensor) {
        guard rows.rank == 2, WeightPanels.byteCount(rows.dtype, rows: rows.shape[0], columns: rows.shape[1]) != nil,
            known.insert(key).inserted
        else { return }
        matrices.append((key, rows))
    }
}

/// Where each matrix of a plan lies among the others.
struct PanelTable: Sendable {
    struct Entry: Sendable {
        let key: PanelKey
        /// As the model's file has them.
        let rows: Tensor
        /// Bytes from the first panel of the first matrix.
        let byteOffset: Int
        let byteCount: Int
    }

    let entries: [Entry]
    /// Bytes of all panels.
    let byteCount: Int

    init(_ plan: PanelPlan) throws(ModelError) {
        var entries: [Entry] = []
        var end = 0
        for (key, rows) in plan.matrices {
            guard let count = WeightPanels.byteCount(rows.dtype, rows: rows.shape[0], columns: rows.shape[1]) else { continue }
            let (next, overflow) = end.addingReportingOverflow(count)
            guard !overflow else { throw .memory(.outOfMemory(byteCount: .max)) }
            entries.append(Entry(key: key, rows: rows, byteOffset: end, byteCount: count))
            end = next
        }
        self.entries = entries
        byteCount = end
    }

    /// Bytes of the same matrices in the model's file.
    var sourceByteCount: Int { entries.reduce(0) { $0 + $1.rows.byteCount } }

    /// The files that the matrices come from, each once; nil where one is not mapped from a file.
    var sources: [Storage]? {
        var found: [Storage] = []
        for entry in entries where !found.contains(where: { $0 === entry.rows.storage }) {
            guard entry.rows.storage.fileState != nil else { return nil }
            found.append(entry.rows.storage)
        }
        return found
    }

    /// Views on memory that holds all panels from `byteOffset` on.
    func panels(in storage: Storage, byteOffset: Int) throws(ModelError) -> [PanelKey: WeightPanels] {
        var panels: [PanelKey: WeightPanels] = [:]
        for entry in entries {
            do {
                panels[entry.key] = try WeightPanels(
                    entry.rows.dtype, rows: entry.rows.shape[0], columns: entry.rows.shape[1], storage: storage,
                    byteOffset: byteOffset + entry.byteOffset)
            } catch { throw .compute(error) }
        }
        return panels
    }
}

/// A model's matrices in panels.
struct PanelSet: Sendable {
    /// Where panels are.
    enum Place: Sendable, Hashable {
        /// In memory of the process, laid out at each start.
        case memory
        /// Mapped from a file.
        case file(String)
        /// They are not made, and would be in a file of this folder.
        case folder(String)
    }

    var panels: [PanelKey: WeightPanels] = [:]
    var place = Place.memory
    /// Bytes of all panels, also of those that are not made.
    var byteCount = 0
    /// Bytes of the rows in the model's file whose place they take.
    var sourceByteCount = 0
}
