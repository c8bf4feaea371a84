import MillTensor

/// What can be wrong with a picture, or with what it should become.
public enum ImageError: Error, Sendable, Equatable {
    /// A tensor that should hold a file's bytes does not.
    case notBytes(dtype: DType, shape: [Int])
    case unknownFormat(firstBytes: [UInt8])
    case fileTooLarge(byteCount: Int, limit: Int)
    case tooManyPixels(format: ImageFormat, width: Int, height: Int, limit: Int)
    case sideTooLong(format: ImageFormat, width: Int, height: Int, limit: Int)
    /// The file is smaller than the best compression of so many pixels.
    case tooFewBytes(format: ImageFormat, width: Int, height: Int, byteCount: Int, needed: Int)
    /// The data break the format's rules or end too early. `reason` is the decoder's own message; `rowCount` rows
    /// were complete.
    case damaged(format: ImageFormat, reason: String, byteOffset: Int, rowCount: Int)
    case unsupported(format: ImageFormat, reason: String)
    case decoderOverLimit(format: ImageFormat, reason: String, byteLimit: Int)
    case outOfMemory(byteCount: Int)
    /// A tensor that should hold RGB8 pixels `[height, width, 3]` does not.
    case notPixels(dtype: DType, shape: [Int], strides: [Int])
    case invalidSize(width: Int, height: Int)
    case invalidPatches(side: Int, width: Int, height: Int)
    case invalidNormalization(mean: SIMD3<Float>, deviation: SIMD3<Float>)
    case targetMismatch(expected: [Int], expectedType: DType, actual: [Int], actualType: DType)
}

extension ImageError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notBytes(let dtype, let shape): "expected a file's bytes as contiguous U8, got \(dtype.name) \(shape)"
        case .unknownFormat(let firstBytes):
            "not a picture that can be read: it begins with \(Self.hexadecimal(firstBytes)); convert it to JPEG or PNG"
        case .fileTooLarge(let byteCount, let limit):
            "the file has \(byteCount) bytes, more than the limit of \(limit); shrink the picture or raise the limit"
        case .tooManyPixels(let format, let width, let height, let limit):
            "the \(format.name) header declares \(width) x \(height) pixels, more than the limit of \(limit) pixels; "
                + "shrink the picture or raise the limit"
        case .sideTooLong(let format, let width, let height, let limit):
            "the \(format.name) header declares \(width) x \(height) pixels, and a side may have at most \(limit); "
                + "shrink the picture or raise the limit"
        case .tooFewBytes(let format, let width, let height, let byteCount, let needed):
            "the \(format.name) header declares \(width) x \(height) pixels, which take at least \(needed) bytes, but the file "
                + "has \(byteCount); it is cut short or its header is damaged: fetch it again"
        case .damaged(let format, let reason, let byteOffset, let rowCount):
            "damaged \(format.name) at byte \(byteOffset), after \(rowCount) complete rows: \(reason); fetch it again"
        case .unsupported(let format, let reason):
            "this kind of \(format.name) is not supported: \(reason); save it as baseline JPEG or 8-bit PNG"
        case .decoderOverLimit(let format, let reason, let byteLimit):
            "decoding this \(format.name) needs more than the decoder may take (\(byteLimit) bytes): \(reason); "
                + "save it as baseline JPEG or raise the limit"
        case .outOfMemory(let byteCount):
            "cannot allocate \(byteCount) bytes for a picture; use smaller pictures or give the process more memory"
        case .notPixels(let dtype, let shape, let strides):
            "expected RGB8 pixels as U8 [height, width, 3] with neighbouring samples, got \(dtype.name) \(shape) "
                + "with strides \(strides)"
        case .invalidSize(let width, let height):
            "a picture cannot be resized to \(width) x \(height) pixels; both sides must be 1 to \(Resizer.longestSide)"
        case .invalidPatches(let side, let width, let height):
            "patches of \(side) pixels do not tile \(width) x \(height) pixels; both sides must be multiples of the patch side"
        case .invalidNormalization(let mean, let deviation):
            "cannot normalise with mean \(mean) and deviation \(deviation); they must be finite, the deviation not 0"
        case .targetMismatch(let expected, let expectedType, let actual, let actualType):
            "expected a writable, contiguous target of \(expectedType.name) \(expected), got \(actualType.name) \(actual)"
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        guard !bytes.isEmpty else { return "nothing (it is empty)" }
        return bytes.map { byte in
            let text = String(byte, radix: 16, uppercase: true)
            return text.count == 1 ? "0\(text)" : text
        }.joined(separator: " ")
    }
}
