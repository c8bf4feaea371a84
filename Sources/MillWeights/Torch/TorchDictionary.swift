import MillTensor

/// Finds the dictionary of tensors in what a file of `torch.save` holds, as training scripts wrap it: by itself, under
/// `state_dict`, `model` and the like, with `module.` or `_orig_mod.` before every name.
struct TorchDictionary {
    /// Names and tensors, in the file's order.
    private(set) var tensors: [(name: String, tensor: TorchTensor)] = []
    private let unpickler: TorchUnpickler
    private let path: String

    private static let wrappers = [
        "state_dict", "model_state_dict", "model", "module", "net", "network", "weights", "params", "teacher", "ema",
    ]
    private static let prefixes = ["module.", "_orig_mod."]
    private static let maximumDepth = 8
    private static let maximumCount = 1 << 18
    /// Entries of dictionaries that are looked at: one dictionary may be named any number of times.
    private static let maximumVisits = 1 << 22
    private var visits = 0

    init(_ archive: TorchArchive) throws(WeightsError) {
        unpickler = archive.unpickler
        path = archive.path
        try collect(try dictionary(in: archive.root), prefix: "", depth: 0)
        for prefix in Self.prefixes where !tensors.isEmpty && tensors.allSatisfy({ $0.name.hasPrefix(prefix) }) {
            tensors = tensors.map { (String($0.name.dropFirst(prefix.count)), $0.tensor) }
        }
    }

    /// The dictionary that holds tensors itself, down from the root.
    private func dictionary(in root: PickleValue) throws(WeightsError) -> Int {
        var value = root
        var place = "file"
        for _ in 0..<Self.maximumDepth {
            guard case .dictionary(let index) = value else {
                throw .unsupported(
                    path: path, item: place, reason: "it holds \(value.kind), where a dictionary of tensors is needed")
            }
            let entries = unpickler.dictionaries[index]
            if entries.contains(where: { if case .tensor = $0.value { true } else { false } }) { return index }
            let inner = entries.compactMap { entry -> (key: String, value: PickleValue)? in
                guard case .text(let key) = entry.key, case .dictionary = entry.value else { return nil }
                return (key, entry.value)
            }
            let named = Self.wrappers.lazy.compactMap { wrapper in inner.first { $0.key == wrapper } }.first
            guard let next = named ?? (inner.count == 1 ? inner[0] : nil) else {
                let keys = inner.prefix(8).map(\.key).joined(separator: ", ")
                throw .unsupported(
                    path: path, item: place,
                    reason: inner.isEmpty
                        ? "it holds no tensors" : "which of its dictionaries is the model is not clear: \(keys); save one alone")
            }
            (value, place) = (next.value, next.key)
        }
        throw .unsupported(path: path, item: place, reason: "dictionaries are nested too deeply")
    }

    private mutating func collect(_ index: Int, prefix: String, depth: Int) throws(WeightsError) {
        for (key, value) in unpickler.dictionaries[index] {
            visits += 1
            guard visits <= Self.maximumVisits else {
                throw .unsupported(path: path, item: "dictionary", reason: "there are more than \(Self.maximumVisits) entries")
            }
            guard case .text(let name) = key else { continue }
            switch value {
            case .tensor(let tensor):
                guard tensors.count < Self.maximumCount else {
                    throw .unsupported(
                        path: path, item: "tensor \(prefix)\(name)", reason: "there are more than \(Self.maximumCount)")
                }
                tensors.append((prefix + name, tensor))
            case .dictionary(let inner) where depth < 2: try collect(inner, prefix: "\(prefix)\(name).", depth: depth + 1)
            default: continue
            }
        }
    }
}
