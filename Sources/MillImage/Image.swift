import MillTensor

/// A decoded picture: upright RGB8 pixels.
public struct Image: Sendable {
    /// U8 `[height, width, 3]`, with the file's orientation applied.
    public let pixels: Tensor
    /// U8 `[height, width]`; only where the file has transparency and ``AlphaPolicy/keep`` was asked for.
    public let alpha: Tensor?
    public let format: ImageFormat
    /// How the file's rows lay; already applied to the pixels.
    public let orientation: Orientation
    /// What was wrong with the file, if damage was tolerated.
    public let damage: String?

    public var width: Int { pixels.shape[1] }
    public var height: Int { pixels.shape[0] }
}

/// What a header says about a picture, before anything is decoded.
public struct ImageHeader: Sendable, Hashable {
    public let format: ImageFormat
    /// Pixels of the upright picture.
    public let width: Int, height: Int
    /// Colour components as stored: 1 grey, 3 RGB or YCbCr, 4 CMYK, YCCK or RGBA.
    public let componentCount: Int
    public let bitsPerSample: Int
    /// Progressive JPEG or interlaced PNG.
    public let isProgressive: Bool
    public let hasAlpha: Bool
    public let orientation: Orientation
}

/// What becomes of transparency.
public enum AlphaPolicy: Sendable, Hashable {
    /// Transparent pixels are composited over a colour (red, green, blue).
    case composite(over: SIMD3<UInt8>)
    /// Colours stay as stored, and the alpha samples are returned beside them.
    case keep

    /// What vision models are trained on.
    public static let overWhite = AlphaPolicy.composite(over: SIMD3(repeating: 255))
}
