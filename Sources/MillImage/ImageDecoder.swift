import CMillImage
import MillTensor

/// Turns JPEG and PNG files into upright RGB8 pixels. Which of the two it is, the bytes say, not the file's name.
///
/// The decoder writes its rows straight into storage from a pool, turned as the file's orientation says; there is no
/// second buffer of the picture's size. Dimensions are checked before that storage is taken.
public enum ImageDecoder {
    /// Decodes a file's bytes.
    ///
    /// - Parameters:
    ///   - bytes: U8 `[byteCount]`, such as a mapped file or a camera's buffer.
    ///   - alpha: what becomes of transparency; models want it over white.
    ///   - toleratesDamage: whether a file that is cut short or damaged gives the part that can be read, with
    ///     ``Image/damage`` set, instead of an error. What is missing is grey (JPEG) or black (PNG).
    /// - Throws: ``ImageError``.
    public static func decode(
        _ bytes: Tensor, limits: ImageLimits = ImageLimits(), pool: StoragePool = .default, alpha: AlphaPolicy = .overWhite,
        toleratesDamage: Bool = false
    ) throws(ImageError) -> Image {
        guard bytes.dtype == .u8, bytes.isContiguous else { throw .notBytes(dtype: bytes.dtype, shape: bytes.shape) }
        let buffer = UnsafeRawBufferPointer(start: bytes.pointer, count: bytes.byteCount)
        defer { withExtendedLifetime(bytes) {} }
        return try decode(buffer, limits: limits, pool: pool, alpha: alpha, toleratesDamage: toleratesDamage)
    }

    /// Decodes a file's bytes in memory that the caller keeps alive during the call.
    ///
    /// - Throws: ``ImageError``.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: ImageLimits = ImageLimits(), pool: StoragePool = .default,
        alpha: AlphaPolicy = .overWhite, toleratesDamage: Bool = false
    ) throws(ImageError) -> Image {
        let header = try header(of: bytes, limits: limits)
        let pixels = try allocate([header.height, header.width, 3], pool: pool, isZeroed: toleratesDamage)
        let keepsAlpha = header.hasAlpha && alpha == .keep
        let opacity = keepsAlpha ? try allocate([header.height, header.width], pool: pool, isZeroed: toleratesDamage) : nil
        var target = try target(header, pixels: pixels, alpha: opacity)
        if case .composite(let colour) = alpha { target.background = (colour.x, colour.y, colour.z) }
        let stored = header.storedSize
        var options = mill_image_options(
            width: UInt32(stored.width), height: UInt32(stored.height), working_byte_limit: max(limits.workingByteCount, 0),
            tolerates_damage: toleratesDamage ? 1 : 0)
        var status = mill_image_status()
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let code =
            switch header.format {
            case .jpeg: mill_jpeg_decode(start, bytes.count, &options, &target, &status)
            case .png: mill_png_decode(start, bytes.count, &options, &target, &status)
            }
        guard code == CInt(MILL_IMAGE_OK) else { throw error(header.format, status, limits: limits) }
        let message = text(of: status)
        return Image(
            pixels: pixels, alpha: opacity, format: header.format, orientation: header.orientation,
            damage: message.isEmpty ? nil : message)
    }

    /// Reads and checks a file's header without decoding anything.
    ///
    /// - Throws: ``ImageError`` for what is no picture, and for pictures beyond the limits.
    public static func header(
        of bytes: UnsafeRawBufferPointer, limits: ImageLimits = ImageLimits()
    ) throws(ImageError) -> ImageHeader {
        guard let format = ImageFormat(firstBytes: bytes) else { throw .unknownFormat(firstBytes: Array(bytes.prefix(8))) }
        guard bytes.count <= limits.fileByteCount else {
            throw .fileTooLarge(byteCount: bytes.count, limit: limits.fileByteCount)
        }
        var header = mill_image_header()
        var status = mill_image_status()
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let code =
            switch format {
            case .jpeg: mill_jpeg_read_header(start, bytes.count, &header, &status)
            case .png: mill_png_read_header(start, bytes.count, &header, &status)
            }
        guard code == CInt(MILL_IMAGE_OK) else { throw error(format, status, limits: limits) }
        try check(header, format: format, byteCount: bytes.count, limits: limits)
        let orientation = EXIF.orientation(in: bytes, format: format)
        let (width, height) = (Int(header.width), Int(header.height))
        return ImageHeader(
            format: format, width: orientation.swapsSides ? height : width, height: orientation.swapsSides ? width : height,
            componentCount: Int(header.components), bitsPerSample: Int(header.bits_per_sample),
            isProgressive: header.is_progressive != 0, hasAlpha: header.has_alpha != 0, orientation: orientation)
    }

    private static func check(
        _ header: mill_image_header, format: ImageFormat, byteCount: Int, limits: ImageLimits
    ) throws(ImageError) {
        let (width, height) = (Int(header.width), Int(header.height))
        guard width <= limits.side, height <= limits.side else {
            throw .sideTooLong(format: format, width: width, height: height, limit: limits.side)
        }
        let (pixelCount, overflow) = width.multipliedReportingOverflow(by: height)
        guard !overflow, pixelCount <= limits.pixelCount else {
            throw .tooManyPixels(format: format, width: width, height: height, limit: limits.pixelCount)
        }
        let needed = smallestFile(header, format: format, pixelCount: pixelCount)
        guard byteCount >= needed else {
            throw .tooFewBytes(format: format, width: width, height: height, byteCount: byteCount, needed: needed)
        }
    }

    /// A lower bound of the file's size: deflate shrinks to 1/1032 at most, and Huffman codes take at least one bit per
    /// block of 8 x 8 pixels.
    private static func smallestFile(_ header: mill_image_header, format: ImageFormat, pixelCount: Int) -> Int {
        switch format {
        case .png: pixelCount / 8 * Int(header.bits_per_sample) / 1032
        case .jpeg: header.is_arithmetic != 0 ? 0 : pixelCount / (64 * 8)
        }
    }

    private static func allocate(_ shape: [Int], pool: StoragePool, isZeroed: Bool) throws(ImageError) -> Tensor {
        let tensor: Tensor
        do { tensor = try Tensor.allocate(.u8, shape, pool: pool) } catch {
            throw .outOfMemory(byteCount: shape.reduce(1, *))
        }
        if isZeroed, let start = tensor.mutablePointer {
            start.initializeMemory(as: UInt8.self, repeating: 0, count: tensor.byteCount)
        }
        return tensor
    }

    private static func target(_ header: ImageHeader, pixels: Tensor, alpha: Tensor?) throws(ImageError) -> mill_image_target {
        guard let start = pixels.mutablePointer?.assumingMemoryBound(to: UInt8.self) else {
            throw .outOfMemory(byteCount: pixels.byteCount)
        }
        let stored = header.storedSize
        let place = header.orientation.placement(width: stored.width, height: stored.height)
        var target = mill_image_target()
        target.pixels = start + place.first * 3
        target.column_stride = place.column * 3
        target.row_stride = place.row * 3
        if let alphaStart = alpha?.mutablePointer?.assumingMemoryBound(to: UInt8.self) {
            target.alpha = alphaStart + place.first
            target.alpha_column_stride = place.column
            target.alpha_row_stride = place.row
        }
        return target
    }

    private static func error(_ format: ImageFormat, _ status: mill_image_status, limits: ImageLimits) -> ImageError {
        let reason = text(of: status)
        switch Int(status.code) {
        case Int(MILL_IMAGE_UNSUPPORTED): return .unsupported(format: format, reason: reason)
        case Int(MILL_IMAGE_OVER_LIMIT):
            return .decoderOverLimit(format: format, reason: reason, byteLimit: limits.workingByteCount)
        case Int(MILL_IMAGE_OUT_OF_MEMORY): return .outOfMemory(byteCount: limits.workingByteCount)
        default:
            return .damaged(
                format: format, reason: reason, byteOffset: Int(status.byte_offset), rowCount: Int(status.row_count))
        }
    }

    private static func text(of status: mill_image_status) -> String {
        withUnsafeBytes(of: status.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

extension ImageHeader {
    /// Pixels per stored row, and stored rows.
    fileprivate var storedSize: (width: Int, height: Int) { orientation.swapsSides ? (height, width) : (width, height) }
}
