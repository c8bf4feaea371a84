/// WAV files for tests.
public enum WAVSample {
    /// - Parameters:
    ///   - channels: samples in -1...1, as many for each channel.
    ///   - tag: 1 for whole numbers, 3 for floating point.
    public static func bytes(
        _ channels: [[Double]], rate: Int = 16_000, tag: Int = 1, bits: Int = 16, isExtensible: Bool = false
    ) -> [UInt8] {
        func number(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let width = bits / 8
        var samples: [UInt8] = []
        for index in 0..<(channels.first?.count ?? 0) {
            for channel in channels {
                let value = channel[index]
                switch (tag, bits) {
                case (3, 32): samples += number(Int(Float(value).bitPattern), 4)
                case (3, _): samples += number(Int(bitPattern: UInt(value.bitPattern)), 8)
                case (_, 8): samples += number(Int((value * 127).rounded()) + 128, 1)
                default:
                    let scale = Double((1 << (bits - 1)) - 1)
                    samples += number(Int((value * scale).rounded()), width)
                }
            }
        }
        let block = channels.count * width
        var format = number(isExtensible ? 0xFFFE : tag, 2) + number(channels.count, 2) + number(rate, 4)
        format += number(rate * block, 4) + number(block, 2) + number(bits, 2)
        if isExtensible {
            format += number(22, 2) + number(bits, 2) + number(0, 4) + number(tag, 2)
            format += [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
        }
        let content =
            Array("WAVEfmt ".utf8) + number(format.count, 4) + format + Array("data".utf8) + number(samples.count, 4) + samples
        return Array("RIFF".utf8) + number(content.count, 4) + content
    }
}
