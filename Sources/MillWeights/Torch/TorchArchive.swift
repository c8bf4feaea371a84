import MillTensor

/// One file that `torch.save` wrote: the value that it holds, and where each storage lies.
///
/// Both forms are read: the zip archive of PyTorch 1.6 and later (`data.pkl` and one entry per storage), and the row of pickles
/// before it. Nothing of the file is carried out (``TorchUnpickler``).
struct TorchArchive {
    let path: String
    let storage: Storage
    private(set) var unpickler: TorchUnpickler
    private(set) var root: PickleValue
    /// In zip archives: the directory, and what precedes the names of storages in it.
    private var zip: (directory: ZipDirectory, prefix: String)?
    /// In old files: storages by their keys.
    private var places: [String: Range<Int>] = [:]

    private static let maximumPickleByteCount = 64 << 20
    /// The first pickle of old files, a number.
    private static let magic: [UInt8] = [
        0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]

    init(storage: Storage, path: String) throws(WeightsError) {
        self.path = path
        self.storage = storage
        if ZipDirectory.isZip(storage) {
            let directory = try ZipDirectory(storage: storage, path: path)
            let pickles = directory.names.filter { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
            guard pickles.count == 1 else {
                throw .unsupported(
                    path: path, item: "data.pkl", reason: "the archive holds \(pickles.count) of it; torch.save writes one")
            }
            let prefix = String(pickles[0].dropLast("data.pkl".count))
            if directory.contains("\(prefix)constants.pkl") || directory.contains("\(prefix)code/") {
                throw .unsupported(
                    path: path, item: "\(prefix)constants.pkl",
                    reason: "it is a TorchScript program, which is not carried out; save the model's state_dict")
            }
            try Self.checkByteOrder(directory, prefix, storage, path)
            let range = try directory.range(pickles[0])
            guard range.count <= Self.maximumPickleByteCount else {
                throw .unsupported(
                    path: path, item: pickles[0], reason: "\(range.count) bytes are more than a dictionary of tensors")
            }
            unpickler = TorchUnpickler(storage: storage, path: path, range: range)
            root = try unpickler.load()
            zip = (directory, prefix)
            return
        }
        let bytes = UnsafeRawBufferPointer(start: storage.base, count: storage.byteCount)
        guard bytes.starts(with: Self.magic) else {
            throw .unsupported(
                path: path, item: "file",
                reason: "it begins neither as a zip archive nor as a file of torch.save; save the model's state_dict again")
        }
        unpickler = TorchUnpickler(
            storage: storage, path: path, range: Self.magic.count..<storage.byteCount)
        _ = try unpickler.load()
        try Self.checkSystem(try unpickler.load(), unpickler, path)
        root = try unpickler.load()
        try placeStorages()
    }

    /// Where a storage's bytes lie, checked against its size.
    func range(of torch: TorchStorage) throws(WeightsError) -> Range<Int> {
        let range: Range<Int>
        if let zip {
            range = try zip.directory.range("\(zip.prefix)data/\(torch.key)")
        } else if let place = places[torch.key] {
            range = place
        } else {
            throw .malformed(
                path: path, item: "storage \(torch.key)", offset: unpickler.offset, reason: "the file does not hold it")
        }
        guard let byteCount = torch.dtype.byteCount(elementCount: torch.elementCount), byteCount <= range.count else {
            throw .malformed(
                path: path, item: "storage \(torch.key)", offset: range.lowerBound,
                reason: "its \(range.count) bytes are fewer than \(torch.elementCount) elements of \(torch.dtype.name) take")
        }
        return range.lowerBound..<range.lowerBound + byteCount
    }

    /// The view that a tensor is, inside its storage.
    func view(_ tensor: TorchTensor, name: String) throws(WeightsError) -> Tensor {
        let range = try range(of: tensor.storage)
        func outside(_ reason: String) -> WeightsError {
            .malformed(path: path, item: "tensor \(name)", offset: range.lowerBound, reason: reason)
        }
        let dtype = tensor.storage.dtype
        let (offset, overflow) = tensor.offset.multipliedReportingOverflow(by: dtype.blockByteCount)
        guard !overflow, tensor.offset >= 0, offset <= range.count else { throw outside("it begins outside its storage") }
        let view: Tensor
        do throws(TensorError) {
            view = try Tensor(
                storage: storage, dtype: dtype, shape: tensor.shape, strides: tensor.strides,
                byteOffset: range.lowerBound + offset)
        } catch { throw .tensor(name: name, error) }
        guard view.byteCount <= range.count - offset else { throw outside("it ends outside its storage") }
        // Views that repeat elements (strides of 0) could ask for any amount of memory.
        guard view.isContiguous || view.elementCount <= tensor.storage.elementCount else {
            throw .unsupported(
                path: path, item: "tensor \(name)",
                reason: "it repeats elements (strides \(tensor.strides)); save a contiguous copy")
        }
        return view
    }

    private static func checkByteOrder(
        _ directory: ZipDirectory, _ prefix: String, _ storage: Storage, _ path: String
    ) throws(WeightsError) {
        guard directory.contains("\(prefix)byteorder") else { return }
        let range = try directory.range("\(prefix)byteorder")
        let bytes = UnsafeRawBufferPointer(start: storage.base + range.lowerBound, count: min(range.count, 16))
        guard bytes.elementsEqual("little".utf8) else {
            throw .unsupported(path: path, item: "\(prefix)byteorder", reason: "the file is not little-endian")
        }
    }

    private static func checkSystem(
        _ system: PickleValue, _ unpickler: TorchUnpickler, _ path: String
    ) throws(WeightsError) {
        guard case .dictionary(let index) = system else {
            throw .malformed(path: path, item: "system", offset: unpickler.offset, reason: "it is \(system.kind), no dictionary")
        }
        for (key, value) in unpickler.dictionaries[index] {
            if case .text("little_endian") = key, case .bool(false) = value {
                throw .unsupported(path: path, item: "little_endian", reason: "the file is not little-endian")
            }
        }
    }

    /// After the pickles come the storages, in the order of a list of their keys: the number of elements, and these. How large
    /// an element is, only the tensors say.
    private mutating func placeStorages() throws(WeightsError) {
        let list = try unpickler.load()
        let keys = (unpickler.items(list) ?? []).compactMap { if case .text(let key) = $0 { key } else { nil } }
        let types = unpickler.storageTypes
        var reader = ByteReader(storage: storage, path: path, range: unpickler.offset..<storage.byteCount)
        for key in keys {
            let item = "storage \(key)"
            guard let dtype = types[key] else { throw reader.error(item, "no tensor uses it") }
            let count = try reader.count(limit: (reader.remaining - 8) / dtype.blockByteCount, item)
            let start = try reader.skip(count * dtype.blockByteCount, item)
            guard places.updateValue(start..<reader.offset, forKey: key) == nil else {
                throw reader.error(item, "it occurs twice", at: start)
            }
        }
    }
}
