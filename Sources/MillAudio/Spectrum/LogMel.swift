import Glibc
import MillTensor

/// The spectrogram that Whisper hears (arXiv:2212.04356, section 2.2), as its reference feature extractor computes it.
///
/// Frames of 400 samples (25 ms at 16 kHz) every 160 (10 ms), mirrored at both ends; a Hann window, the power spectrum, mel
/// filters, log10 of at least 1e-10, no more than 8 below the window's maximum, then (x + 4) / 4.
public struct LogMel: Sendable {
    public static let sampleRate = 16_000
    public static let hop = 160
    static let frameLength = 400

    public let bandCount: Int
    /// Samples of a window, a multiple of ``hop``; shorter sounds are padded with silence.
    public let sampleCount: Int
    public var frameCount: Int { sampleCount / Self.hop }

    private let transform: FourierTransform
    private let window: [Double]
    private let filters: MelFilters

    /// - Parameters:
    ///   - bandCount: 1 to 512; Whisper has 80 or 128.
    ///   - sampleCount: of a window: 400 to 2^24, a multiple of ``hop``.
    /// - Throws: ``AudioError/misuse(_:)`` for others.
    public init(bandCount: Int, sampleCount: Int) throws(AudioError) {
        guard (1...512).contains(bandCount), (Self.frameLength...1 << 24).contains(sampleCount), sampleCount % Self.hop == 0,
            let transform = FourierTransform(count: Self.frameLength)
        else { throw .misuse("a spectrogram of \(bandCount) bands over \(sampleCount) samples cannot be computed") }
        self.bandCount = bandCount
        self.sampleCount = sampleCount
        self.transform = transform
        window = (0..<Self.frameLength).map { 0.5 - 0.5 * cos(2 * Double.pi * Double($0) / Double(Self.frameLength)) }
        filters = MelFilters(count: bandCount, binCount: transform.binCount, sampleRate: Double(Self.sampleRate))
    }

    /// One window of sound at 16 kHz; what is beyond ``sampleCount`` is left out, and what is no number counts as silence.
    ///
    /// - Returns: F32 `[frameCount, bandCount]`.
    public func features(of samples: some RandomAccessCollection<Float>) throws(AudioError) -> Tensor {
        let samples = samples.prefix(sampleCount).map { $0.isFinite ? Double($0) : 0 }
        let result: Tensor
        do { result = try Tensor.allocate(.f32, [frameCount, bandCount]) } catch { throw .memory(error) }
        guard let base = result.mutablePointer else { throw .misuse("the spectrogram cannot be written") }
        // As long as `result`, which has `frameCount * bandCount` elements.
        let values = UnsafeMutableBufferPointer(
            start: base.assumingMemoryBound(to: Float.self), count: frameCount * bandCount)
        var workspace = transform.makeWorkspace()
        var largest = -Double.infinity
        var logs = [Double](repeating: -10, count: frameCount * bandCount)
        for frame in 0..<frameCount {
            if cut(samples, at: frame * Self.hop - Self.frameLength / 2, into: &workspace.samples) {
                transform.run(&workspace)
                for band in 0..<bandCount {
                    logs[frame * bandCount + band] = log10(max(filters.energy(band, of: workspace.power), 1e-10))
                }
            }
            for band in 0..<bandCount { largest = max(largest, logs[frame * bandCount + band]) }
        }
        for (index, value) in logs.enumerated() { values[index] = Float((max(value, largest - 8) + 4) / 4) }
        return result
    }

    /// The windowed samples from `start` on, mirrored at the ends of the padded window; false where all are silent.
    private func cut(_ samples: [Double], at start: Int, into frame: inout [Double]) -> Bool {
        var isSilent = true
        for offset in 0..<Self.frameLength {
            var index = abs(start + offset)
            if index >= sampleCount { index = 2 * (sampleCount - 1) - index }
            let value = index < samples.count ? samples[index] : 0
            if value != 0 { isSilent = false }
            frame[offset] = value * window[offset]
        }
        return !isSilent
    }
}
