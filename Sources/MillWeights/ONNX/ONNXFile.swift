import MillTensor

/// Weights of an ONNX file, under the hub's names (``ONNXNames``); the graph itself is not computed.
///
/// Files are mapped read-only and checked when opened, those with external data besides; these must lie in the same folder.
/// Transposed matrices, and elements that do not lie at multiples of their size, are copied when they are asked for.
public struct ONNXFile: WeightSource {
    public let path: String
    private let initializers: [ONNXInitializer]
    private let recovered: ONNXNames
    private let storage: Storage
    /// External data by their place.
    private var files: [String: Storage] = [:]
    private let made = MadeTensors()

    /// Maps and checks the file.
    public init(path: String) throws(WeightsError) {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().map { "\($0)/" }.joined()
        try self.init(storage: try FileSystem.map(path), path: path, folder: folder)
    }

    /// Checks a file that is in memory already; `path` is for messages. External data are refused.
    public init(storage: Storage, path: String) throws(WeightsError) {
        try self.init(storage: storage, path: path, folder: nil)
    }

    private init(storage: Storage, path: String, folder: String?) throws(WeightsError) {
        self.path = path
        self.storage = storage
        let graph = try ONNXGraph(storage: storage, path: path)
        initializers = graph.initializers
        recovered = ONNXNames(graph)
        for initializer in initializers {
            guard case .external(let location, let offset, let byteCount) = initializer.place else { continue }
            guard let folder else {
                throw .unsupported(
                    path: path, item: "initializer \(initializer.name)", reason: "its elements lie in another file")
            }
            let file: Storage
            if let known = files[location] { file = known } else { file = try FileSystem.map(folder + location) }
            files[location] = file
            let needed = initializer.dtype?.byteCount(elementCount: initializer.elementCount) ?? 0
            guard offset <= file.byteCount, needed <= file.byteCount - offset, byteCount == nil || byteCount == needed else {
                throw .malformed(
                    path: path, item: "initializer \(initializer.name)", offset: offset,
                    reason: "its \(needed) bytes do not lie in \(location), which has \(file.byteCount)")
            }
        }
    }

    public var names: [String] { recovered.names }

    public var format: String { files.isEmpty ? "ONNX" : "ONNX with external data" }

    public func contains(_ name: String) -> Bool { recovered.origins[name] != nil }

    public func isMade(_ name: String) -> Bool {
        guard let origin = recovered.origins[name], let size = initializers[origin.index].dtype?.blockByteCount else {
            return false
        }
        switch initializers[origin.index].place {
        case .varints: return true
        case .bytes(let range): return origin.isTransposed || !range.lowerBound.isMultiple(of: size)
        case .external(_, let offset, _): return origin.isTransposed || !offset.isMultiple(of: size)
        }
    }

    public func layout(_ name: String) throws(WeightsError) -> TensorLayout {
        let (initializer, dtype, origin) = try find(name)
        return TensorLayout(dtype, origin.isTransposed ? initializer.shape.reversed() : initializer.shape)
    }

    public func tensor(_ name: String) throws(WeightsError) -> Tensor {
        let (initializer, dtype, origin) = try find(name)
        if case .varints(let range) = initializer.place {
            return try made.tensor(name) { () throws(WeightsError) in try decoded(initializer, dtype, range) }
        }
        do throws(TensorError) {
            let view = try view(initializer, dtype)
            if !origin.isTransposed, view.byteOffset.isMultiple(of: dtype.blockByteCount) { return view }
        } catch { throw .tensor(name: name, error) }
        return try made.tensor(name) { () throws(WeightsError) in
            do throws(TensorError) {
                let view = try view(initializer, dtype)
                return try origin.isTransposed ? transposed(view) : view.copy()
            } catch { throw .tensor(name: name, error) }
        }
    }

    /// A copy, also where one dimension is 1 and the elements lie in order already.
    private func transposed(_ view: Tensor) throws(TensorError) -> Tensor {
        let turned = try view.transposed(0, 1)
        return try turned.isContiguous ? turned.copy() : turned.dense()
    }

    /// The elements as they lie in the file, or beside it.
    private func view(_ initializer: ONNXInitializer, _ dtype: DType) throws(TensorError) -> Tensor {
        switch initializer.place {
        case .external(let location, let offset, _):
            try Tensor(storage: files[location] ?? storage, dtype: dtype, shape: initializer.shape, byteOffset: offset)
        case .bytes(let range), .varints(let range):
            try Tensor(storage: storage, dtype: dtype, shape: initializer.shape, byteOffset: range.lowerBound)
        }
    }

    private func find(
        _ name: String
    ) throws(WeightsError) -> (initializer: ONNXInitializer, dtype: DType, origin: ONNXNames.Origin) {
        guard let origin = recovered.origins[name] else {
            guard name.hasSuffix(".weight"), !recovered.nameless.isEmpty else { throw missing(name) }
            throw .unsupported(
                path: path, item: "tensor \(name)",
                reason: "no initializer has this name, and of \(recovered.nameless.count) matrices (\(recovered.nameless[0])"
                    + " among them) the graph does not say which module they belong to; use the model's safetensors, or export it"
                    + " with torch.onnx.export without optimizing it afterwards")
        }
        let initializer = initializers[origin.index]
        guard let dtype = initializer.dtype else {
            throw .unsupported(
                path: path, item: "initializer \(initializer.name)",
                reason: "element type \(initializer.typeNumber) of ONNX is not supported")
        }
        return (initializer, dtype, origin)
    }

    /// Integers, or the bits of 16-bit floats, of any number of bytes each.
    private func decoded(_ initializer: ONNXInitializer, _ dtype: DType, _ range: Range<Int>) throws(WeightsError) -> Tensor {
        var reader = ProtobufReader(storage: storage, path: path, range: range, item: "initializer \(initializer.name)")
        let result: Tensor
        do throws(TensorError) { result = try Tensor.allocate(dtype, initializer.shape) } catch {
            throw .tensor(name: initializer.name, error)
        }
        guard let target = result.mutablePointer else { return result }
        // The allocation holds `elementCount` elements of the type's size.
        for index in 0..<initializer.elementCount {
            let value = try reader.varint()
            switch dtype.blockByteCount {
            case 1: target.storeBytes(of: UInt8(truncatingIfNeeded: value), toByteOffset: index, as: UInt8.self)
            case 2: target.storeBytes(of: UInt16(truncatingIfNeeded: value), toByteOffset: index * 2, as: UInt16.self)
            case 4: target.storeBytes(of: UInt32(truncatingIfNeeded: value), toByteOffset: index * 4, as: UInt32.self)
            default: target.storeBytes(of: value, toByteOffset: index * 8, as: UInt64.self)
            }
        }
        guard reader.isAtEnd else { throw reader.error("it holds more elements than its shape \(initializer.shape)") }
        return result
    }
}
