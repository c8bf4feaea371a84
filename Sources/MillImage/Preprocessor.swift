import CMillImage
import MillTensor

/// Turns RGB8 pixels into a vision model's input: resized, normalised and laid out in one pass over the rows.
///
/// A value is `(sample / 255 - mean) / deviation`. Between source and target there are only a few rows of memory.
public struct Preprocessor: Sendable, Hashable {
    /// The canvas in pixels.
    public var width: Int, height: Int
    public var filter: ResizeFilter
    public var aspect: AspectPolicy
    /// Per channel (red, green, blue), for samples in 0...1.
    public var mean: SIMD3<Float>, deviation: SIMD3<Float>
    public var layout: PixelLayout

    public init(
        width: Int, height: Int, filter: ResizeFilter = .bicubic, aspect: AspectPolicy = .stretch,
        mean: SIMD3<Float> = SIMD3(repeating: 0.5), deviation: SIMD3<Float> = SIMD3(repeating: 0.5), layout: PixelLayout = .hwc
    ) {
        self.width = width
        self.height = height
        self.filter = filter
        self.aspect = aspect
        self.mean = mean
        self.deviation = deviation
        self.layout = layout
    }

    /// The result's shape.
    public var shape: [Int] { layout.shape(width: width, height: height) }

    /// Where a picture of this size lands on the canvas, to map a model's boxes back.
    public func placement(pictureWidth: Int, pictureHeight: Int) -> Placement {
        Placement(of: (max(pictureWidth, 1), max(pictureHeight, 1)), on: (width, height), aspect: aspect)
    }

    /// The model's input for a picture, as a tensor of its own.
    ///
    /// - Parameter pixels: U8 `[height, width, 3]`; a view on part of a picture will do.
    /// - Returns: F32 of ``shape``.
    /// - Throws: ``ImageError``.
    public func callAsFunction(_ pixels: Tensor, pool: StoragePool = .default) throws(ImageError) -> Tensor {
        try check()
        let target: Tensor
        do { target = try Tensor.allocate(.f32, shape, pool: pool) } catch {
            throw .outOfMemory(byteCount: width * height * 12)
        }
        try write(pixels, into: target)
        return target
    }

    /// Writes the model's input for a picture.
    ///
    /// - Parameters:
    ///   - pixels: U8 `[height, width, 3]`; a view on part of a picture will do.
    ///   - target: contiguous F32 of ``shape``.
    /// - Throws: ``ImageError``.
    public func write(_ pixels: Tensor, into target: Tensor) throws(ImageError) {
        try check()
        guard target.dtype == .f32, target.shape == shape, target.isContiguous,
            let values = target.mutablePointer?.assumingMemoryBound(to: Float.self)
        else {
            throw .targetMismatch(expected: shape, expectedType: .f32, actual: target.shape, actualType: target.dtype)
        }
        guard pixels.rank == 3 else {
            throw .notPixels(dtype: pixels.dtype, shape: pixels.shape, strides: pixels.strides)
        }
        let placement = placement(pictureWidth: pixels.shape[1], pictureHeight: pixels.shape[0])
        var job = try Resizer.job(pixels, placement: placement, filter: filter)
        let code = table().withUnsafeBufferPointer { table in
            var place = layout.target(values, table: table.baseAddress, width: width, height: height)
            fillPadding(around: placement, place)
            (place.x, place.y) = (UInt32(placement.x), UInt32(placement.y))
            return mill_resize_f32(&job, &place)
        }
        guard code == CInt(MILL_IMAGE_OK) else { throw .outOfMemory(byteCount: width * 3 * pixels.shape[0]) }
        withExtendedLifetime((pixels, target)) {}
    }

    /// What each of the 256 sample values becomes, per channel.
    private func table() -> [Float] {
        (0..<3).flatMap { channel in
            (0..<256).map { (Float(Double($0) / 255) - mean[channel]) / deviation[channel] }
        }
    }

    private func check() throws(ImageError) {
        guard (1...Resizer.longestSide).contains(width), (1...Resizer.longestSide).contains(height) else {
            throw .invalidSize(width: width, height: height)
        }
        if case .patches(let side, _) = layout {
            guard side > 0, width.isMultiple(of: side), height.isMultiple(of: side) else {
                throw .invalidPatches(side: side, width: width, height: height)
            }
        }
        let isFinite = (0..<3).allSatisfy { mean[$0].isFinite && deviation[$0].isFinite && deviation[$0] != 0 }
        guard isFinite else { throw .invalidNormalization(mean: mean, deviation: deviation) }
    }

    /// Fills the canvas left of, right of, above and below the window.
    private func fillPadding(around placement: Placement, _ place: mill_float_target) {
        let padding: SIMD3<UInt8>
        switch aspect {
        case .stretch, .crop: return
        case .fit(let colour, _): padding = colour
        case .shortestSide: padding = .zero
        }
        let (right, bottom) = (placement.x + placement.window.width, placement.y + placement.window.height)
        fill(place, padding, x: 0, y: 0, width: width, height: placement.y)
        fill(place, padding, x: 0, y: bottom, width: width, height: height - bottom)
        fill(place, padding, x: 0, y: placement.y, width: placement.x, height: placement.window.height)
        fill(place, padding, x: right, y: placement.y, width: width - right, height: placement.window.height)
    }

    private func fill(_ place: mill_float_target, _ colour: SIMD3<UInt8>, x: Int, y: Int, width: Int, height: Int) {
        guard width > 0, height > 0 else { return }
        var place = place
        (place.x, place.y) = (UInt32(x), UInt32(y))
        mill_fill_f32(&place, UInt32(width), UInt32(height), [colour.x, colour.y, colour.z])
    }
}
