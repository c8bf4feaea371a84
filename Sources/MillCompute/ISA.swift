import CMillKernels

/// An instruction set that kernels are written for.
public enum ISA: String, Sendable, Hashable, CaseIterable {
    /// Plain C, on every processor; the reference for the others.
    case scalar
    /// AVX2 with FMA and F16C.
    case avx2
    /// AVX2 with the 8-bit dot products of AVX-VNNI.
    case avxvnni
    /// AVX-512 F, BW, DQ and VL.
    case avx512
    /// AVX-512 with its 8-bit dot products.
    case avx512vnni
    /// AVX-512 with its 8-bit and BF16 dot products.
    case avx512bf16
    /// The same with the tiles of AMX, for 8 bits and BF16.
    case amx
    /// ARM64.
    case neon
    /// ARM64 with 8-bit dot products.
    case neonDotprod = "neon-dotprod"
    /// ARM64 with 8-bit dot and matrix products.
    case neonI8MM = "neon-i8mm"

    /// Whether F16 and BF16 weights are multiplied in BF16 arithmetic when activations may be rounded.
    public var hasBFloat16: Bool { self == .avx512bf16 || self == .amx }

    /// Whether Q8_0 weights are, too, with ``Compute/Activations/bfloat16``.
    public var multipliesQ8InBFloat16: Bool { self == .amx }

    /// Whether this build and this processor have it.
    public var isAvailable: Bool { mill_isa_available(kernelISA) }

    /// The fastest that is available.
    public static var best: ISA { allCases.first { $0.kernelISA == mill_isa_best() } ?? .scalar }

    /// Those that are available, the reference first.
    public static var available: [ISA] { allCases.filter(\.isAvailable) }

    var kernelISA: mill_isa {
        switch self {
        case .scalar: MILL_SCALAR
        case .avx2: MILL_AVX2
        case .avxvnni: MILL_AVX_VNNI
        case .avx512: MILL_AVX512
        case .avx512vnni: MILL_AVX512_VNNI
        case .avx512bf16: MILL_AVX512_BF16
        case .amx: MILL_AMX
        case .neon: MILL_NEON
        case .neonDotprod: MILL_NEON_DOTPROD
        case .neonI8MM: MILL_NEON_I8MM
        }
    }
}
