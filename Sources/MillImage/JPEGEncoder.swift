import CMillImage
import MillTensor

/// Turns RGB8 pixels into JPEG files.
public enum JPEGEncoder {
    /// Encodes a picture as a baseline JPEG file.
    ///
    /// - Parameters:
    ///   - pixels: U8 `[height, width, 3]`; a view on part of a picture will do.
    ///   - quality: 1 to 100.
    /// - Throws: ``ImageError``.
    public static func encode(_ pixels: Tensor, quality: Int = 85) throws(ImageError) -> [UInt8] {
        guard pixels.dtype == .u8, pixels.rank == 3, pixels.shape[2] == 3, pixels.strides[2] == 1, pixels.strides[1] == 3 else {
            throw .notPixels(dtype: pixels.dtype, shape: pixels.shape, strides: pixels.strides)
        }
        let (height, width) = (pixels.shape[0], pixels.shape[1])
        guard (1...65_500).contains(height), (1...65_500).contains(width) else {
            throw .invalidSize(width: width, height: height)
        }
        var file: UnsafeMutablePointer<UInt8>?
        var count = 0
        let code = mill_jpeg_encode(
            pixels.pointer.assumingMemoryBound(to: UInt8.self), UInt32(width), UInt32(height), pixels.strides[0],
            Int32(min(max(quality, 1), 100)), &file, &count)
        withExtendedLifetime(pixels) {}
        guard code == CInt(MILL_IMAGE_OK), let file else { throw .outOfMemory(byteCount: width * height) }
        defer { mill_jpeg_free(file, count) }
        return Array(UnsafeBufferPointer(start: file, count: count))
    }
}
