import Glibc

/// Brings samples from one rate to another, block by block, with a windowed sinc in phases (Crochiere and Rabiner 1983).
///
/// Flat to 0.43 of the lower rate and 90 dB down from 0.52 of it: 32 zero crossings on each side under a Kaiser window.
package struct Resampler: Sendable {
    private static let crossings = 32.0
    /// Where the filter is 6 dB down, of the lower rate.
    private static let cutoff = 0.475
    private static let shape = 8.96
    /// More phases than this are interpolated.
    private static let phaseLimit = 1024

    /// Output and input rate without their common divisor.
    private let up: Int
    private let down: Int
    /// Input samples on each side of an output.
    private let half: Int
    /// Phases that have weights of their own: `up` of them, or one more than ``phaseLimit``.
    private let phaseCount: Int
    private let isExact: Bool
    /// `[phase][2 * half]`.
    private let weights: [Float]

    /// The input from `firstIndex` on that later outputs need.
    private var pending: [Float]
    private var firstIndex: Int
    private var inputCount = 0
    private var outputCount = 0

    /// - Parameters: rates in Hz, 1 to 768 000; nil for others.
    package init?(from input: Int, to output: Int) {
        guard (1...768_000).contains(input), (1...768_000).contains(output) else { return nil }
        var (a, b) = (input, output)
        while b != 0 { (a, b) = (b, a % b) }
        (up, down) = (output / a, input / a)
        // In input samples, the filter is as wide as the lower rate asks.
        let stretch = max(1, Double(input) / Double(output))
        guard stretch <= 1024 else { return nil }
        half = Int((Self.crossings * stretch).rounded(.up))
        isExact = up <= Self.phaseLimit
        phaseCount = isExact ? up : Self.phaseLimit + 1
        let steps = isExact ? up : Self.phaseLimit
        let width = 2 * half
        var weights = [Float](repeating: 0, count: phaseCount * width)
        for phase in 0..<phaseCount {
            let offset = Double(phase) / Double(steps)
            var values = [Double](repeating: 0, count: width)
            for index in values.indices { values[index] = Self.weight(Double(index + 1 - half) - offset, stretch: stretch) }
            // Each phase lets a constant through as it is.
            let sum = values.reduce(0, +)
            for (index, value) in values.enumerated() { weights[phase * width + index] = Float(value / sum) }
        }
        self.weights = weights
        // Before the first sample there is silence.
        pending = [Float](repeating: 0, count: half)
        firstIndex = -half
    }

    /// The filter at a distance in input samples.
    private static func weight(_ distance: Double, stretch: Double) -> Double {
        let x = distance / stretch
        guard abs(x) < crossings else { return 0 }
        let angle = 2 * Double.pi * cutoff * x
        let sinc = angle == 0 ? 1 : sin(angle) / angle
        let place = x / crossings
        return sinc * bessel(shape * (1 - place * place).squareRoot()) / bessel(shape)
    }

    /// The modified Bessel function of the first kind and order 0, by its series.
    private static func bessel(_ x: Double) -> Double {
        var (sum, term, k) = (1.0, 1.0, 1.0)
        while term > 1e-12 * sum, k < 200 {
            term *= (x / (2 * k)) * (x / (2 * k))
            sum += term
            k += 1
        }
        return sum
    }

    /// The outputs that these samples complete.
    package mutating func add(_ samples: some Collection<Float>) -> [Float] {
        inputCount += samples.count
        pending += samples
        return outputs(until: firstIndex + pending.count)
    }

    /// The last outputs: after the sound there is silence. In all there are as many as the sound's length at the new rate.
    package mutating func finish() -> [Float] {
        let wanted = Int((Double(inputCount) * Double(up) / Double(down)).rounded(.up)) - outputCount
        pending += [Float](repeating: 0, count: 2 * half + 2)
        let rest = outputs(until: firstIndex + pending.count)
        return Array(rest.prefix(max(wanted, 0)))
    }

    /// All outputs whose inputs come before `end`.
    private mutating func outputs(until end: Int) -> [Float] {
        var results: [Float] = []
        let width = 2 * half
        pending.withUnsafeBufferPointer { pending in
            weights.withUnsafeBufferPointer { weights in
                while true {
                    let (whole, part) = (outputCount * down).quotientAndRemainder(dividingBy: up)
                    // Inputs whole - half + 1 ... whole + half.
                    guard whole + half < end else { break }
                    let first = whole - half + 1 - firstIndex
                    if isExact {
                        results.append(Self.product(pending, first, weights, part * width, width))
                    } else {
                        let place = Double(part) / Double(up) * Double(Self.phaseLimit)
                        let phase = min(Int(place), Self.phaseLimit - 1)
                        let share = Float(place - Double(phase))
                        let low = Self.product(pending, first, weights, phase * width, width)
                        let high = Self.product(pending, first, weights, (phase + 1) * width, width)
                        results.append(low + share * (high - low))
                    }
                    outputCount += 1
                }
            }
        }
        let needed = outputCount * down / up - half + 1
        let surplus = min(max(needed - firstIndex, 0), pending.count)
        pending.removeFirst(surplus)
        firstIndex += surplus
        return results
    }

    /// Σ x[first + i] w[start + i] over `count`, which is even; both ranges lie inside, as the caller has checked.
    private static func product(
        _ x: UnsafeBufferPointer<Float>, _ first: Int, _ w: UnsafeBufferPointer<Float>, _ start: Int, _ count: Int
    ) -> Float {
        var sum = SIMD8<Float>.zero
        var index = 0
        while index + 8 <= count {
            var (a, b) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
            for lane in 0..<8 {
                a[lane] = x[first + index + lane]
                b[lane] = w[start + index + lane]
            }
            sum += a * b
            index += 8
        }
        var rest = sum.sum()
        while index < count {
            rest += x[first + index] * w[start + index]
            index += 1
        }
        return rest
    }
}
