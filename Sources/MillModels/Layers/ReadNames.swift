import MillWeights
import Synchronization

/// Which tensors of a file were taken, so that none is left out unnoticed: a model that lacks a part computes something else.
final class ReadNames: Sendable {
    private let names = Mutex<Set<String>>([])

    func insert(_ name: String) { names.withLock { _ = $0.insert(name) } }

    /// Refuses a file with tensors that nobody took.
    ///
    /// - Parameter ignored: whether a tensor is known to change nothing.
    func checkNothingIsLeft(of source: any WeightSource, ignored: (String) -> Bool) throws(ModelError) {
        let read = names.withLock { $0 }
        let left = source.names.filter { !read.contains($0) && !Self.isConstant($0) && !ignored($0) }
        guard let first = left.first else { return }
        let others = left.count > 1 ? " (nor do \(left.count - 1) others)" : ""
        throw .tensor(
            path: source.path, name: first, problem: "belongs to no part of the model that the configuration describes\(others)")
    }

    /// What old checkpoints keep though it follows from the configuration.
    private static func isConstant(_ name: String) -> Bool {
        ["rotary_emb.inv_freq", "position_ids", "masked_bias"].contains { name == $0 || name.hasSuffix("." + $0) }
    }
}
