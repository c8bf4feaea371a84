import Glibc

/// A stretch of a sound, 16 kHz.
public struct SoundClip: Sendable {
    /// Samples from the beginning of the sound.
    public let firstSample: Int
    public let samples: [Float]

    public init(firstSample: Int, samples: [Float]) {
        self.firstSample = firstSample
        self.samples = samples
    }

    /// Seconds from the beginning of the sound.
    public var start: Double { Double(firstSample) / Double(LogMel.sampleRate) }
    public var end: Double { Double(firstSample + samples.count) / Double(LogMel.sampleRate) }
}

/// Cuts a sound into clips where nobody speaks, and leaves out what is silent.
public struct SoundClipper: Sendable {
    public struct Options: Sendable, Hashable {
        /// Which frames are voice; nil takes the whole sound.
        public var gate: VoiceGate.Options? = VoiceGate.Options()
        /// Seconds without voice that end a clip.
        public var pause = 2.0
        /// Seconds of a clip at most; it is then cut where the sound is quietest in its last fifth.
        public var longest = 300.0
        /// Seconds before the first and after the last voice that belong to a clip.
        public var margin = 0.3

        public init() {}
    }

    private let options: Options
    private var gate: VoiceGate?
    /// Samples from `bufferStart` on.
    private var buffer: [Float] = []
    private var bufferStart = 0
    /// Up to where frames have been heard.
    private var position = 0
    /// Of the clip that is being collected.
    private var clipStart: Int?
    private var voiceEnd = 0
    /// Where the last clip ended.
    private var taken = 0
    /// The energy of each frame since the clip's first.
    private var energies: [Float] = []

    private static let rate = Double(LogMel.sampleRate)

    public init(_ options: Options = Options()) {
        self.options = options
        gate = options.gate.map { VoiceGate($0) }
    }

    /// The clips that these samples complete.
    public mutating func add(_ samples: [Float]) -> [SoundClip] {
        buffer += samples
        var clips: [SoundClip] = []
        while position + VoiceGate.frameLength <= bufferStart + buffer.count {
            step(VoiceGate.frameLength, &clips)
        }
        trim()
        return clips
    }

    /// The clip that the sound's end completes.
    public mutating func finish() -> [SoundClip] {
        var clips: [SoundClip] = []
        let rest = bufferStart + buffer.count - position
        if rest > 0 { step(rest, &clips) }
        if let start = clipStart {
            let end = min(gate == nil ? position : voiceEnd + samples(options.margin), position)
            take(start..<max(end, start), &clips)
        }
        clipStart = nil
        buffer = []
        bufferStart = position
        return clips
    }

    /// Hears a frame.
    private mutating func step(_ count: Int, _ clips: inout [SoundClip]) {
        let frame = buffer[position - bufferStart..<position - bufferStart + count]
        let isVoice = gate?.hear(frame) ?? true
        position += count
        if isVoice {
            if clipStart == nil {
                clipStart = max(taken, position - count - samples(options.margin), bufferStart)
                energies = []
            }
            voiceEnd = position
        }
        guard let start = clipStart else { return }
        energies.append(frame.reduce(0) { $0 + ($1.isFinite ? $1 * $1 : 0) })
        if !isVoice, position - voiceEnd >= samples(options.pause) {
            take(start..<min(voiceEnd + samples(options.margin), position), &clips)
            clipStart = nil
        } else if position - start >= samples(options.longest) {
            let cut = quietest(from: start)
            take(start..<cut, &clips)
            clipStart = cut
            energies.removeFirst(min(energies.count, energies.count - (position - cut) / VoiceGate.frameLength))
        }
    }

    /// The place of the quietest 0.3 s in the last fifth of what has been collected.
    private func quietest(from start: Int) -> Int {
        let span = 10
        let first = max(energies.count * 4 / 5, 1)
        guard energies.count >= first + span else { return position }
        var best = (energy: Float.infinity, index: energies.count - span)
        for index in first...energies.count - span {
            let energy = energies[index..<index + span].reduce(0, +)
            if energy < best.energy { best = (energy, index) }
        }
        let cut = position - (energies.count - best.index - span / 2) * VoiceGate.frameLength
        return cut > start ? cut : position
    }

    private mutating func take(_ range: Range<Int>, _ clips: inout [SoundClip]) {
        taken = range.upperBound
        guard !range.isEmpty else { return }
        clips.append(
            SoundClip(
                firstSample: range.lowerBound,
                samples: Array(buffer[range.lowerBound - bufferStart..<range.upperBound - bufferStart])))
    }

    /// Forgets what no clip can need any more.
    private mutating func trim() {
        let needed = clipStart ?? max(taken, position - samples(options.margin))
        let surplus = min(max(needed - bufferStart, 0), buffer.count)
        buffer.removeFirst(surplus)
        bufferStart += surplus
    }

    private func samples(_ seconds: Double) -> Int { Int((min(max(seconds, 0), 86_400) * Self.rate).rounded()) }
}
