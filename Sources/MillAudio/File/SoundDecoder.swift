import MillProcess

/// Any sound that `ffmpeg` knows, as samples at 16 kHz, some minutes at a time.
///
/// The program runs confined: without network, files to write or children of its own. It finds the sound as a file in memory.
final class SoundDecoder: @unchecked Sendable {
    // Safe to share: one caller at a time reads.
    /// Files that are larger are refused, since they are copied into memory.
    static let byteLimit = 2 << 30
    /// Seconds that one run gives; 16 bits a sample make that 9.6 MB.
    private static let pieceSeconds = 300
    /// Formats that hold sound themselves; lists of other files are none of them.
    private static let formats =
        "wav,w64,aiff,caf,au,flac,ogg,mp3,aac,ac3,eac3,amr,mov,matroska,webm,avi,asf,mpegts,mpeg,flv,wv,ape,tta,tak"

    private let program: ConfinedProgram
    private let file: SecretBytes
    private let name: String
    private var piece = 0
    private var isAtEnd = false

    init(_ source: ByteSource, name: String) throws(AudioError) {
        self.name = name
        do { program = try ConfinedProgram("ffmpeg", package: "ffmpeg") } catch {
            throw .unsupported(
                name: name, reason: "is no WAV file",
                advice: "to read FLAC, Ogg, MP3 and others install ffmpeg: apt-get install ffmpeg")
        }
        guard source.byteCount <= Self.byteLimit else {
            throw .unsupported(
                name: name, reason: "has \(source.byteCount) bytes, more than \(Self.byteLimit)",
                advice: "cut it, or make it a WAV file, which may be of any length")
        }
        do { file = try SecretBytes(fileOf: source.byteCount) } catch { throw .program(name: name, error) }
        var position = 0
        while position < source.byteCount {
            let bytes = source.read(1 << 20, at: position)
            guard !bytes.isEmpty, let base = file.base else {
                throw .unreadable(path: name, reason: "it became shorter while it was read")
            }
            // `position` and the bytes together stay within the file's length, which the memory has.
            bytes.withUnsafeBytes {
                (base + position).copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(base), byteCount: $0.count)
            }
            position += bytes.count
        }
    }

    /// The next piece; nil at the end.
    func read() async throws(AudioError) -> [Float]? {
        guard !isAtEnd else { return nil }
        let (start, length) = (piece * Self.pieceSeconds, Self.pieceSeconds)
        piece += 1
        var limits = ConfinedProgram.Limits()
        // All that comes before a piece is decoded again, which is exact for every format and some hundred times faster than
        // sound is heard.
        limits.seconds = 600
        limits.cpuSeconds = 600
        limits.outputByteCount = length * LogMel.sampleRate * 2 + (1 << 20)
        let answer: ConfinedProgram.Answer
        do {
            answer = try await program.run(
                [
                    "-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1", "-protocol_whitelist", "file",
                    "-format_whitelist", Self.formats, "-i", "/proc/self/fd/3", "-vn", "-sn", "-dn", "-ss", String(start), "-t",
                    String(length), "-ac", "1", "-ar", String(LogMel.sampleRate), "-f",
                    "s16le", "-",
                ], input3: file, limits: limits, accepting: Set(0...255))
        } catch { throw .program(name: name, error) }
        let bytes = answer.output.bytes
        let count = bytes.count / 2
        if count == 0, start == 0 { throw .damaged(name: name, reason: "ffmpeg: \(Self.reason(answer))") }
        isAtEnd = count < length * LogMel.sampleRate
        guard count > 0 else { return nil }
        return (0..<count).map {
            Float(Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self))) / 0x1p15
        }
    }

    private static func reason(_ answer: ConfinedProgram.Answer) -> String {
        answer.lastLine.isEmpty ? "it has no sound" : answer.lastLine
    }
}
