/// A sound file as samples of one channel at 16 kHz, read piece by piece: memory does not grow with its length.
///
/// ```swift
/// let sound = try await SoundFile(path: "talk.flac")
/// while let samples = try await sound.read() { … }
/// ```
/// WAV is read here; all else by `ffmpeg`, confined. A reader belongs to one caller at a time.
public final class SoundFile: @unchecked Sendable {
    // Safe to share: one caller at a time reads, as said above.
    public let name: String
    private var reader: Reader

    private enum Reader {
        case wav(WAVFile, Resampler, next: Int)
        case decoder(SoundDecoder)
        case end
    }

    /// Frames of a WAV file that are read at once.
    private static let blockLength = 1 << 16

    /// - Throws: ``AudioError``: for a WAV file that is damaged, and for other files where `ffmpeg` is missing.
    public convenience init(path: String) async throws(AudioError) {
        try await self.init(try ByteSource(path: path), name: path)
    }

    /// A sound in memory.
    public convenience init(bytes: [UInt8], name: String) async throws(AudioError) {
        try await self.init(ByteSource(bytes), name: name)
    }

    private init(_ source: ByteSource, name: String) async throws(AudioError) {
        self.name = name
        guard source.byteCount > 0 else { throw .damaged(name: name, reason: "it is empty") }
        guard WAVFile.isWAV(source) else {
            reader = .decoder(try SoundDecoder(source, name: name))
            return
        }
        do throws(AudioError) { reader = try Self.wav(source, name: name) } catch {
            // Compressed samples in a WAV file are for others; what is damaged stays damaged.
            guard case .unsupported = error, let decoder = try? SoundDecoder(source, name: name) else { throw error }
            reader = .decoder(decoder)
        }
    }

    /// A WAV file in memory, without the help of other programs: for tests and fuzzing.
    package init(wav bytes: [UInt8], name: String) throws(AudioError) {
        self.name = name
        reader = try Self.wav(ByteSource(bytes), name: name)
    }

    private static func wav(_ source: ByteSource, name: String) throws(AudioError) -> Reader {
        let file = try WAVFile(source, name: name)
        guard let resampler = Resampler(from: file.sampleRate, to: LogMel.sampleRate) else {
            throw .damaged(name: name, reason: "it claims \(file.sampleRate) Hz")
        }
        return .wav(file, resampler, next: 0)
    }

    /// The next samples, a few seconds to some minutes of them; nil at the end.
    public func read() async throws(AudioError) -> [Float]? {
        if case .decoder(let decoder) = reader {
            if let samples = try await decoder.read() { return samples }
            reader = .end
        }
        return readWAV()
    }

    /// The same of a WAV file.
    package func readWAV() -> [Float]? {
        while case .wav(let file, var resampler, let next) = reader {
            let block = file.samples(Self.blockLength, from: next)
            let samples = block.isEmpty ? resampler.finish() : resampler.add(block)
            reader = block.isEmpty ? .end : .wav(file, resampler, next: next + block.count)
            if !samples.isEmpty { return samples }
        }
        return nil
    }
}
