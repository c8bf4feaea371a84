import MillCompute
import MillTensor
import MillValue

/// Repeatable random tensors.
struct Random: RandomNumberGenerator {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func next() -> UInt64 { generator.next() }

    /// A dense F32 tensor of numbers in `range`.
    mutating func tensor(_ shape: [Int], _ range: ClosedRange<Float> = -1...1) throws -> Tensor {
        try Tensor((0..<shape.reduce(1, *)).map { _ in Float.random(in: range, using: &self) }, shape: shape)
    }

    /// A weight tensor of this type: finite random numbers, or random blocks with scales of moderate size.
    mutating func weight(_ dtype: DType, _ shape: [Int]) throws -> Tensor {
        let tensor = try Tensor.allocate(dtype, shape)
        let bytes = writableBytes(tensor)
        switch dtype {
        case .f32:
            for i in 0..<tensor.elementCount {
                bytes.storeBytes(of: Float.random(in: -1...1, using: &self), toByteOffset: 4 * i, as: Float.self)
            }
        case .f16, .bf16:
            for i in 0..<tensor.elementCount {
                let value = Float.random(in: -1...1, using: &self)
                let bits = dtype == .f16 ? halfBits(value) : UInt16(value.bitPattern >> 16)
                bytes.storeBytes(of: bits, toByteOffset: 2 * i, as: UInt16.self)
            }
        default:
            for i in bytes.indices { bytes[i] = UInt8.random(in: 0...255, using: &self) }
            let size = dtype.blockByteCount
            for block in 0..<bytes.count / size {
                for offset in dtype.scaleOffsets {
                    let bits = halfBits(Float.random(in: 0.001...0.02, using: &self))
                    bytes.storeBytes(of: bits, toByteOffset: block * size + offset, as: UInt16.self)
                }
            }
        }
        return tensor
    }
}

extension DType {
    /// Where the F16 scales lie in a block.
    var scaleOffsets: [Int] {
        switch self {
        case .q8_0, .q4_0, .q5_0, .iq4_nl, .iq4_xs: [0]
        case .q4_1, .q5_1, .q4_K, .q5_K: [0, 2]
        case .q2_K: [80, 82]
        case .q3_K: [108]
        case .q6_K: [208]
        default: []
        }
    }
}

/// The bits of an F16, for magnitudes in its normal range; cut off, not rounded.
func halfBits(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let exponent = Int(bits >> 23 & 0xff) - 112
    guard exponent > 0 else { return 0 }
    return UInt16(bits >> 16 & 0x8000) | UInt16(exponent << 10) | UInt16(bits >> 13 & 0x3ff)
}

/// The bit patterns, so that NaN equals NaN and -0 differs from 0.
func bits(_ tensor: Tensor) throws -> [UInt32] { try tensor.floats().map(\.bitPattern) }

/// A tensor of `shape` that an operation writes.
func result(_ shape: [Int]) throws -> Tensor { try Tensor([Float](repeating: 7, count: shape.reduce(1, *)), shape: shape) }

/// The bytes of a tensor that was allocated here.
func writableBytes(_ tensor: Tensor) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: tensor.mutablePointer, count: tensor.byteCount)
}
