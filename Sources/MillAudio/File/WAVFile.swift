/// A WAV file (RIFF and RF64): PCM of 8, 16, 24 or 32 bits, or floating point of 32 or 64.
struct WAVFile: Sendable {
    enum Encoding: Sendable, Hashable {
        case unsigned8
        case signed16
        case signed24
        case signed32
        case float32
        case float64

        var byteCount: Int {
            switch self {
            case .unsigned8: 1
            case .signed16: 2
            case .signed24: 3
            case .signed32, .float32: 4
            case .float64: 8
            }
        }
    }

    static let rates = 1000...768_000
    private static let channelLimit = 64
    private static let chunkLimit = 10_000

    let sampleRate: Int
    let channelCount: Int
    let encoding: Encoding
    /// Samples of each channel.
    let frameCount: Int
    private let source: ByteSource
    private let start: Int

    /// Whether the bytes begin as a WAV file does.
    static func isWAV(_ source: ByteSource) -> Bool {
        let head = source.read(12, at: 0)
        return head.count == 12 && ["RIFF", "RF64", "BW64"].contains { head.starts(with: $0.utf8) }
            && head[8...].elementsEqual("WAVE".utf8)
    }

    /// - Throws: ``AudioError/damaged(name:reason:)`` and ``AudioError/unsupported(name:reason:advice:)``.
    init(_ source: ByteSource, name: String) throws(AudioError) {
        guard Self.isWAV(source) else { throw .damaged(name: name, reason: "it does not begin as a WAV file") }
        self.source = source
        var position = 12
        var format: (rate: Int, channels: Int, encoding: Encoding)?
        var longLength: Int?
        for _ in 0..<Self.chunkLimit {
            let head = source.read(8, at: position)
            guard head.count == 8 else { break }
            let length = Self.number(head[4...])
            let content = position + 8
            if head.starts(with: "ds64".utf8) {
                let lengths = source.read(16, at: content)
                if lengths.count == 16 { longLength = Self.number(lengths[8...]) }
            } else if head.starts(with: "fmt ".utf8) {
                format = try Self.format(source.read(min(length, 40), at: content), name: name)
            } else if head.starts(with: "data".utf8) {
                guard let format else { throw .damaged(name: name, reason: "its samples come before their format") }
                let room = source.byteCount - content
                // A recorder that was cut off leaves the length unwritten: the samples then go on to the end.
                let isOpen = length == 0 || length == 0xFFFF_FFFF
                let stated = isOpen ? longLength ?? room : length
                (sampleRate, channelCount, encoding) = format
                start = content
                frameCount = max(0, min(room, stated)) / (format.channels * format.encoding.byteCount)
                return
            }
            let (next, overflow) = content.addingReportingOverflow(length + length % 2)
            guard !overflow else { break }
            position = next
        }
        throw .damaged(name: name, reason: "it has no samples")
    }

    private static func format(
        _ bytes: [UInt8], name: String
    ) throws(AudioError) -> (rate: Int, channels: Int, encoding: Encoding) {
        guard bytes.count >= 16 else { throw .damaged(name: name, reason: "its format is cut short") }
        var tag = number(bytes[0..<2])
        let (channels, rate) = (number(bytes[2..<4]), number(bytes[4..<8]))
        let (blockByteCount, bits) = (number(bytes[12..<14]), number(bytes[14..<16]))
        // An extensible format names the real one at the beginning of an identifier.
        if tag == 0xFFFE, bytes.count >= 26 { tag = number(bytes[24..<26]) }
        let encoding: Encoding? =
            switch (tag, bits) {
            case (1, 8): .unsigned8
            case (1, 16): .signed16
            case (1, 24): .signed24
            case (1, 32): .signed32
            case (3, 32): .float32
            case (3, 64): .float64
            default: nil
            }
        guard let encoding else {
            throw .unsupported(
                name: name, reason: "holds samples of format \(tag) with \(bits) bits",
                advice: "PCM of 8, 16, 24 or 32 bits and floating point of 32 or 64 are read")
        }
        guard (1...channelLimit).contains(channels), rates.contains(rate) else {
            throw .damaged(name: name, reason: "it claims \(channels) channels at \(rate) Hz")
        }
        guard blockByteCount == channels * encoding.byteCount else {
            throw .damaged(name: name, reason: "\(channels) samples of \(bits) bits do not fill \(blockByteCount) bytes")
        }
        return (rate, channels, encoding)
    }

    /// Little-endian; what is greater than an `Int` counts as the greatest.
    private static func number(_ bytes: some Sequence<UInt8>) -> Int {
        let value = bytes.reversed().prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(clamping: value)
    }

    /// The mean of all channels of at most `count` frames from `first` on, in -1...1; fewer at the end. What is no number is 0.
    func samples(_ count: Int, from first: Int) -> [Float] {
        guard first >= 0, first < frameCount, count > 0 else { return [] }
        let count = min(count, frameCount - first)
        let frameByteCount = channelCount * encoding.byteCount
        let bytes = source.read(count * frameByteCount, at: start + first * frameByteCount)
        let frames = bytes.count / frameByteCount
        let scale = 1 / Float(channelCount)
        return bytes.withUnsafeBytes { bytes in
            (0..<frames).map { frame in
                var sum: Float = 0
                for channel in 0..<channelCount {
                    sum += value(bytes, frame * frameByteCount + channel * encoding.byteCount)
                }
                return sum.isFinite ? sum * scale : 0
            }
        }
    }

    /// The sample at `offset`, which the caller keeps inside.
    private func value(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Float {
        switch encoding {
        case .unsigned8: return (Float(bytes[offset]) - 128) / 128
        case .signed16:
            return Float(Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int16.self))) / 0x1p15
        case .signed24:
            let low = Int32(bytes[offset]) | Int32(bytes[offset + 1]) << 8
            return Float(low | Int32(Int8(bitPattern: bytes[offset + 2])) << 16) / 0x1p23
        case .signed32:
            return Float(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))) / 0x1p31
        case .float32:
            return Float(
                bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        case .float64:
            let bits = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            return Float(Double(bitPattern: bits))
        }
    }
}
