import Glibc

/// Tells, every 30 ms, whether somebody may be speaking: sound that stands out from the background and is no mere hiss.
///
/// A frame counts as voice where its level is far enough above the background, which is tracked, and where its spectrum from 100
/// to 4000 Hz has peaks: the spectral flatness (geometric over arithmetic mean) of white noise is -2.5 dB, that of voices -8 and
/// less. A loud frame needs no peaks, since consonants hiss. The gate opens after some frames of voice and closes some time after
/// the last one (Moattar and Homayounpour 2009 use the same features).
public struct VoiceGate: Sendable {
    public struct Options: Sendable, Hashable {
        /// No frame below this counts, in dB of full scale.
        public var quietest = -55.0
        /// How far above the background voice begins, in dB, while the gate is closed and while it is open.
        public var opening = 9.0
        public var closing = 6.0
        /// The most flatness of voice, in dB; above `loud` dB over the background flatness does not matter.
        public var flatness = -4.5
        public var loud = 24.0
        /// Frames of voice, of the last four, that open the gate.
        public var onset = 3
        /// Seconds without voice that close it.
        public var hangover = 0.3

        public init() {}
    }

    /// Samples of a frame at 16 kHz.
    public static let frameLength = 480
    static let frameSeconds = Double(frameLength) / Double(LogMel.sampleRate)
    private static let band = 100.0...4000.0
    /// How fast the background may rise, in dB per second: while the gate is closed and while it is open.
    private static let rise = (closed: 6.0, open: 1.0)

    private let options: Options
    private let transform: FourierTransform?
    private let window: [Double]
    private var workspace: FourierTransform.Workspace?
    private var background = -60.0
    /// The last four frames, the newest in the lowest bit.
    private var recent: UInt8 = 0
    private var secondsWithoutVoice = 0.0
    public private(set) var isOpen = false

    public init(_ options: Options = Options()) {
        self.options = options
        transform = FourierTransform(count: Self.frameLength)
        workspace = transform?.makeWorkspace()
        window = (0..<Self.frameLength).map { 0.5 - 0.5 * cos(2 * Double.pi * Double($0) / Double(Self.frameLength)) }
    }

    /// Listens to a frame of ``frameLength`` samples; a shorter one is padded with silence.
    ///
    /// - Returns: whether the gate is open behind it.
    public mutating func hear(_ frame: some RandomAccessCollection<Float>) -> Bool {
        let samples = frame.prefix(Self.frameLength).map { $0.isFinite ? Double($0) : 0 }
        let energy = samples.reduce(0) { $0 + $1 * $1 } / Double(Self.frameLength)
        let level = 10 * log10(energy + 1e-12)
        let above = level - background
        let isVoice =
            level > options.quietest && above > (isOpen ? options.closing : options.opening)
            && (above > options.loud || flatness(samples) < options.flatness)
        recent = (recent << 1 | (isVoice ? 1 : 0)) & 0b1111
        if isVoice {
            secondsWithoutVoice = 0
            if recent.nonzeroBitCount >= options.onset { isOpen = true }
        } else {
            secondsWithoutVoice += Self.frameSeconds
            if secondsWithoutVoice >= options.hangover { isOpen = false }
        }
        let floor = max(level, -90)
        if floor < background {
            background += 0.3 * (floor - background)
        } else {
            background = min(floor, background + Self.frameSeconds * (isOpen ? Self.rise.open : Self.rise.closed))
        }
        return isOpen
    }

    /// In dB, 0 or less.
    private mutating func flatness(_ samples: [Double]) -> Double {
        guard let transform, var workspace else { return 0 }
        for index in 0..<Self.frameLength {
            workspace.samples[index] = index < samples.count ? samples[index] * window[index] : 0
        }
        transform.run(&workspace)
        self.workspace = workspace
        let width = Double(LogMel.sampleRate) / Double(Self.frameLength)
        let (first, last) = (Int(Self.band.lowerBound / width), Int(Self.band.upperBound / width))
        var (logs, sum) = (0.0, 0.0)
        for bin in first...last {
            let power = workspace.power[bin] + 1e-12
            logs += log10(power)
            sum += power
        }
        let count = Double(last - first + 1)
        return 10 * (logs / count - log10(sum / count))
    }
}
