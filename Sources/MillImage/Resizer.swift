import CMillImage
import MillTensor

/// Antialiased resizing of RGB8 pixels, equal to Pillow's `Image.resize`.
public enum Resizer {
    /// The longest side of a result, in pixels.
    public static let longestSide = 1 << 16

    /// The picture at another size; the aspect ratio is not kept.
    ///
    /// - Parameter pixels: U8 `[height, width, 3]`; a view on part of a picture will do.
    /// - Returns: U8 `[height, width, 3]`.
    /// - Throws: ``ImageError``.
    public static func resize(
        _ pixels: Tensor, width: Int, height: Int, filter: ResizeFilter = .bicubic, pool: StoragePool = .default
    ) throws(ImageError) -> Tensor {
        let placement = Placement(stretchingTo: width, height)
        var job = try job(pixels, placement: placement, filter: filter)
        let result: Tensor
        do { result = try Tensor.allocate(.u8, [height, width, 3], pool: pool) } catch {
            throw .outOfMemory(byteCount: height * width * 3)
        }
        guard let start = result.mutablePointer?.assumingMemoryBound(to: UInt8.self),
            mill_resize_u8(&job, start, width * 3) == CInt(MILL_IMAGE_OK)
        else { throw .outOfMemory(byteCount: result.byteCount) }
        withExtendedLifetime(pixels) {}
        return result
    }

    /// The kernel's description of a resampling. The pixels must outlive its use.
    static func job(_ pixels: Tensor, placement: Placement, filter: ResizeFilter) throws(ImageError) -> mill_resize_job {
        guard pixels.dtype == .u8, pixels.rank == 3, pixels.shape[2] == 3, pixels.strides[2] == 1,
            (1...longestSide).contains(pixels.shape[0]), (1...longestSide).contains(pixels.shape[1])
        else { throw .notPixels(dtype: pixels.dtype, shape: pixels.shape, strides: pixels.strides) }
        let sizes = [placement.scaledWidth, placement.scaledHeight, placement.window.width, placement.window.height]
        guard sizes.allSatisfy({ (1...longestSide).contains($0) }) else {
            throw .invalidSize(width: placement.scaledWidth, height: placement.scaledHeight)
        }
        return mill_resize_job(
            source: pixels.pointer.assumingMemoryBound(to: UInt8.self), source_width: UInt32(pixels.shape[1]),
            source_height: UInt32(pixels.shape[0]), source_row_stride: pixels.strides[0],
            source_pixel_stride: pixels.strides[1], filter: filter.code, scaled_width: UInt32(placement.scaledWidth),
            scaled_height: UInt32(placement.scaledHeight), window_x: UInt32(placement.window.x),
            window_y: UInt32(placement.window.y), window_width: UInt32(placement.window.width),
            window_height: UInt32(placement.window.height), is_portable: 0)
    }
}
