import MillTensor
import Synchronization

/// Tensors that were made of a file's, each kept as long as somebody uses it: asked for twice it is made once, and a model that
/// is converted tensor by tensor takes the memory of one.
final class MadeTensors: Sendable {
    private struct Entry: Sendable {
        weak var storage: Storage?
        let dtype: DType
        let shape: [Int]
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// The tensor of this name, from `make` if nobody has it.
    ///
    /// - Parameter make: gives a dense tensor that fills a storage of its own.
    func tensor(_ name: String, make: () throws(WeightsError) -> Tensor) throws(WeightsError) -> Tensor {
        let known = entries.withLock { entries -> Tensor? in
            guard let entry = entries[name], let storage = entry.storage else { return nil }
            return try? Tensor(storage: storage, dtype: entry.dtype, shape: entry.shape)
        }
        if let known { return known }
        let made = try make()
        entries.withLock { $0[name] = Entry(storage: made.storage, dtype: made.dtype, shape: made.shape) }
        return made
    }
}
