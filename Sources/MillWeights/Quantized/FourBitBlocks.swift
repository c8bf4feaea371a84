import MillTensor
import MillValue

/// A tensor of bitsandbytes' four-bit codes: `value = quant_map[code] * absmax[block]`, in F32, rounded to the type that the tensor
/// had (arXiv:2305.14314). Bytes hold two codes, the first in the high bits. `absmax` may be quantized itself:
/// `nested_quant_map[absmax] * nested_absmax[block] + nested_offset`.
struct FourBitBlocks: Sendable {
    let kind: String
    let layout: TensorLayout
    private let codes: Tensor
    private let map: [Float]
    private let scales: [Float]
    private let blockSize: Int
    private let type: DenseType

    /// The kinds of codes, as names of tensors end.
    static let kinds = ["nf4", "fp4"]
    private static let maximumStateByteCount = 1 << 16
    private static let maximumRank = 8

    /// Type and shape of the tensor as its state says, without reading codes.
    static func layout(_ parts: PackedTensors, kind: String) throws(WeightsError) -> TensorLayout {
        try State(parts, kind: kind).layout
    }

    init(_ parts: PackedTensors, kind: String) throws(WeightsError) {
        let (name, state) = (parts.name, try State(parts, kind: kind))
        self.kind = kind
        (layout, blockSize, type) = (state.layout, state.blockSize, state.type)
        let tensor = try parts.source.tensor(name)
        let count = layout.elementCount
        guard tensor.dtype == .u8, tensor.isContiguous, tensor.elementCount == (count + 1) / 2 else {
            throw parts.error(
                name,
                "it is \(tensor.dtype.name) \(tensor.shape), and must be U8 with half of the \(count) elements of \(layout.shape)"
            )
        }
        codes = tensor
        map = try parts.numbers("\(name).quant_map", count: 16)
        let blockCount = (count + blockSize - 1) / blockSize
        guard let nested = state.nested else {
            scales = try parts.numbers("\(name).absmax", count: blockCount)
            return
        }
        let packed = try parts.part("\(name).absmax", .u8, [blockCount])
        let nestedMap = try parts.numbers("\(name).nested_quant_map", count: 256)
        let nestedScales = try parts.numbers(
            "\(name).nested_absmax", count: (blockCount + nested.blockSize - 1) / nested.blockSize)
        scales = packed.withBytes { bytes in
            (0..<blockCount).map { block in
                let code = Int(bytes.unsafeLoad(fromByteOffset: block, as: UInt8.self))
                return nestedMap[code] * nestedScales[block / nested.blockSize] + nested.offset
            }
        }
    }

    func dequantized(name: String) throws(WeightsError) -> Tensor { try type.make(layout.shape, name: name, self) }

    /// The JSON in `NAME.quant_state.bitsandbytes__KIND`.
    private struct State {
        let layout: TensorLayout
        let type: DenseType
        let blockSize: Int
        let nested: (blockSize: Int, offset: Float)?

        init(_ parts: PackedTensors, kind: String) throws(WeightsError) {
            let name = "\(parts.name).quant_state.bitsandbytes__\(kind)"
            let tensor = try parts.source.tensor(name)
            guard tensor.dtype == .u8, tensor.rank == 1, tensor.isContiguous, tensor.elementCount <= maximumStateByteCount else {
                throw parts.error(name, "it is \(tensor.dtype.name) \(tensor.shape), and must be a short text in U8")
            }
            let text = tensor.withBytes { bytes in
                (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
            }
            let value: Value
            do throws(JSON.ParseError) { value = try JSON.parse(bytes: text, maximumDepth: 8) } catch {
                throw parts.error(name, error.message)
            }
            guard value["quant_type"]?.string == kind else {
                throw parts.error(name, "quant_type is \(value["quant_type"]?.json() ?? "nothing"), and must be \(kind)")
            }
            let types: [String: DenseType] = ["float16": .f16, "bfloat16": .bf16, "float32": .f32]
            guard let dtype = value["dtype"]?.string, let type = types[dtype] else {
                throw parts.error(name, "dtype is \(value["dtype"]?.json() ?? "nothing"); supported: float16, bfloat16, float32")
            }
            let sizes = value["shape"]?.list ?? []
            let shape = sizes.compactMap(\.int)
            var count = 1
            for size in shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: size)
                guard size > 0, !overflow else { throw parts.error(name, "shape is \(shape)") }
                count = product
            }
            guard shape.count == sizes.count, (1...maximumRank).contains(shape.count), count < Int.max / 4 else {
                throw parts.error(name, "shape is \(value["shape"]?.json() ?? "nothing")")
            }
            (self.type, layout) = (type, TensorLayout(type.dtype, shape))
            blockSize = try Self.blockSize(value, "blocksize", parts, name)
            guard value["nested_blocksize"] != nil else {
                nested = nil
                return
            }
            guard let offset = value["nested_offset"]?.double else { throw parts.error(name, "nested_offset is no number") }
            nested = (try Self.blockSize(value, "nested_blocksize", parts, name), Float(offset))
        }

        private static func blockSize(
            _ value: Value, _ key: String, _ parts: PackedTensors, _ name: String
        ) throws(WeightsError) -> Int {
            guard let size = value[key]?.int, (2...1 << 20).contains(size), size.isMultiple(of: 2) else {
                throw parts.error(name, "\(key) is \(value[key]?.json() ?? "nothing"), and must be an even number")
            }
            return size
        }
    }
}

extension FourBitBlocks: DenseBody {
    func fill<Bits: FixedWidthInteger & Sendable>(
        _ target: UnsafeMutableBufferPointer<Bits>, _ encode: @Sendable @escaping (Float) -> Bits
    ) {
        // Each piece writes blocks of its own.
        nonisolated(unsafe) let target = target
        forEachPiece(of: scales.count) { blocks in
            var values = [Bits](repeating: 0, count: 16)
            for block in blocks {
                for code in 0..<16 { values[code] = encode(map[code] * scales[block]) }
                let start = block * blockSize
                let end = min(start + blockSize, target.count)
                // Block sizes are even, so that blocks begin with a byte; there are (count + 1) / 2 of them.
                for index in stride(from: start, to: end, by: 2) {
                    let byte = Int(codes.pointer.load(fromByteOffset: index / 2, as: UInt8.self))
                    target[index] = values[byte >> 4]
                    if index + 1 < end { target[index + 1] = values[byte & 15] }
                }
            }
        }
    }
}
