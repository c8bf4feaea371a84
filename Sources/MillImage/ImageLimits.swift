/// How much a picture may ask for. Everything is checked against the header, before any memory is taken for pixels.
public struct ImageLimits: Sendable, Hashable {
    /// Most pixels of a picture; 64 Mi by default, which take 192 MiB as RGB8.
    public var pixelCount: Int
    /// Longest side in pixels.
    public var side: Int
    /// Most bytes of a compressed file.
    public var fileByteCount: Int
    /// Most bytes that the decoder may take for itself. A progressive JPEG needs up to six bytes per pixel.
    public var workingByteCount: Int

    public init(
        pixelCount: Int = 64 << 20, side: Int = 65_535, fileByteCount: Int = 256 << 20, workingByteCount: Int = 256 << 20
    ) {
        self.pixelCount = pixelCount
        self.side = side
        self.fileByteCount = fileByteCount
        self.workingByteCount = workingByteCount
    }
}
