import CMillImage

/// The kernels of antialiased resampling; names and results are Pillow's.
public enum ResizeFilter: String, Sendable, Hashable, CaseIterable {
    case box, bilinear, bicubic, lanczos

    package var code: CInt {
        switch self {
        case .box: CInt(MILL_FILTER_BOX)
        case .bilinear: CInt(MILL_FILTER_BILINEAR)
        case .bicubic: CInt(MILL_FILTER_BICUBIC)
        case .lanczos: CInt(MILL_FILTER_LANCZOS)
        }
    }
}
