import MillImage
import MillTensor
import MillTestSupport
import MillValue
import MillWeights

/// The folder `images` of the oracles: picture files with their pixels and model inputs.
struct ImageOracle {
    struct Picture: CustomStringConvertible {
        let file: String
        let stem: String
        let bytes: [UInt8]
        let preprocessors: [String]
        let meanTolerance: Double
        let maximumTolerance: Int
        var description: String { file }
    }

    let pictures: [Picture]
    let expected: SafetensorsFile
    /// A plain resize that Pillow did.
    let resizes: [(filter: ResizeFilter, width: Int, height: Int)]
    /// The picture that was resized.
    let resizeSource: String

    init() throws {
        let folder = try Oracles.path("images")
        let cases = try JSON.parse(bytes: try Oracles.bytes("\(folder)/cases.json"))
        expected = try SafetensorsFile(path: "\(folder)/expected.safetensors")
        pictures = try (cases["images"]?.list ?? []).map { row in
            let file = row["file"]?.string ?? ""
            return Picture(
                file: file, stem: row["stem"]?.string ?? "", bytes: try Oracles.bytes("\(folder)/\(file)"),
                preprocessors: (row["preprocess"]?.list ?? []).compactMap(\.string),
                meanTolerance: row["tolerance"]?["mean_abs"]?.double ?? 0,
                maximumTolerance: row["tolerance"]?["max_abs"]?.int ?? 0)
        }
        resizes = (cases["resizes"]?.list ?? []).compactMap { row in
            guard let filter = row[0]?.string.flatMap(ResizeFilter.init), let width = row[1]?.int, let height = row[2]?.int
            else { return nil }
            return (filter, width, height)
        }
        resizeSource = cases["resize_source"]?.string ?? ""
    }

    /// What the processors of `transformers` start from: over white where there is transparency.
    func modelPixels(_ picture: Picture) throws -> Tensor {
        try expected.optionalTensor("\(picture.stem).rgb_white") ?? expected.tensor("\(picture.stem).rgb")
    }
}

/// How far U8 tensors of one shape are apart.
struct Difference: CustomStringConvertible {
    var mean = 0.0
    var maximum = 0

    init(_ first: Tensor, _ second: Tensor) throws {
        guard first.shape == second.shape else {
            throw TensorError.shapeMismatch(operation: "compare", expected: second.shape, actual: first.shape)
        }
        var sum = 0
        for (a, b) in zip(first.samples, second.samples) {
            let distance = abs(Int(a) - Int(b))
            sum += distance
            maximum = max(maximum, distance)
        }
        mean = Double(sum) / Double(max(first.elementCount, 1))
    }

    var description: String { "mean \(mean), max \(maximum)" }
}

extension Tensor {
    /// The elements of a U8 tensor in row-major order, also through strides.
    var samples: [UInt8] {
        withBytes { bytes in
            var result: [UInt8] = []
            func walk(_ dimension: Int, _ offset: Int) {
                guard dimension < rank else { return result.append(bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)) }
                for index in 0..<shape[dimension] { walk(dimension + 1, offset + index * strides[dimension]) }
            }
            walk(0, 0)
            return result
        }
    }

    /// U8 elements as a tensor of their own.
    static func samples(_ elements: [UInt8], shape: [Int]) throws -> Tensor {
        let tensor = try Tensor.allocate(.u8, shape)
        guard tensor.elementCount == elements.count, let start = tensor.mutablePointer else {
            throw TensorError.shapeMismatch(operation: "samples", expected: shape, actual: [elements.count])
        }
        elements.withUnsafeBytes { start.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(start), byteCount: $0.count) }
        return tensor
    }
}

extension ImageDecoder {
    static func decode(
        _ bytes: [UInt8], limits: ImageLimits = ImageLimits(), pool: StoragePool = .default, alpha: AlphaPolicy = .overWhite,
        toleratesDamage: Bool = false
    ) throws(ImageError) -> Image {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(ImageError) -> Image in
                try decode(buffer, limits: limits, pool: pool, alpha: alpha, toleratesDamage: toleratesDamage)
            }
        }
        return try result.get()
    }

    static func header(of bytes: [UInt8], limits: ImageLimits = ImageLimits()) throws(ImageError) -> ImageHeader {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(ImageError) -> ImageHeader in try header(of: buffer, limits: limits) }
        }
        return try result.get()
    }
}
