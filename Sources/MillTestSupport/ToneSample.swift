import Glibc
import MillValue

/// Sound in the language of the model `Tests/Oracles/models/whisper_tones`: a beep of 350, 900 or 2200 Hz is a word; it is
/// `low`, `mid` or `high` where it is steady, and `tief`, `mitte` or `hoch` where it trembles.
public enum ToneSample {
    public enum Word: Double, Sendable {
        case low = 350
        case mid = 900
        case high = 2200
    }

    public static let rate = 16_000

    /// Beeps of 0.18 s, 0.06 s apart, as one segment.
    public static func segment(_ words: [Word], trembling: Bool = false) -> [Double] {
        var samples: [Double] = []
        for word in words {
            if !samples.isEmpty { samples += silence(0.06) }
            let count = Int(0.18 * Double(rate))
            samples += (0..<count).map { index in
                let time = Double(index) / Double(rate)
                let fade = min(1, min(Double(index), Double(count - 1 - index)) / 128)
                let tremble = trembling ? (sin(2 * Double.pi * 40 * time) > 0 ? 1.0 : 0) : 1
                return 0.25 * fade * tremble * sin(2 * Double.pi * word.rawValue * time)
            }
        }
        return samples
    }

    public static func silence(_ seconds: Double) -> [Double] { [Double](repeating: 0, count: Int(seconds * Double(rate))) }

    /// With a faint hiss, as every recording has.
    public static func recorded(_ samples: [Double]) -> [Double] {
        var generator = SeededGenerator(seed: 11)
        return samples.map { $0 + 0.002 * (generator.unit() * 2 - 1) }
    }
}
