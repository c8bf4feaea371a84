import Glibc

/// The discrete Fourier transform of real signals of one even length, in F64: self-sorting stages of mixed radix (Stockham) over
/// half the length, then the split of even and odd samples. Lengths whose factors are small are fast: 400 is 2 · 4 · 2 · 5 · 5.
package struct FourierTransform: Sendable {
    /// Samples of a frame.
    package let count: Int
    /// Frequencies from 0 to half the sample rate.
    package var binCount: Int { count / 2 + 1 }

    /// The factors of `count / 2`.
    private let radices: [Int]
    /// exp(-2πi k / (count / 2)), and exp(-2πi k / count) for the split: real and imaginary parts alternate.
    private let turns: [Double]
    private let splitTurns: [Double]

    /// The memory of one transform at a time: the samples go in, the spectrum comes out.
    package struct Workspace {
        /// What is transformed, `count` samples; overwritten.
        package var samples: [Double]
        /// |X|² for each frequency.
        package var power: [Double]
        fileprivate var other: [Double]
    }

    /// - Parameter count: even and above 0; nil for others.
    package init?(count: Int) {
        guard count > 0, count.isMultiple(of: 2), count <= 1 << 20 else { return nil }
        self.count = count
        let half = count / 2
        var rest = half
        var radices: [Int] = []
        for factor in [4, 2, 5, 3] {
            while rest.isMultiple(of: factor), rest > 1 {
                radices.append(factor)
                rest /= factor
            }
        }
        var factor = 7
        while rest > 1 {
            if factor * factor > rest { factor = rest }
            while rest.isMultiple(of: factor) {
                radices.append(factor)
                rest /= factor
            }
            factor += 2
        }
        self.radices = radices
        turns = Self.turns(half, of: half)
        splitTurns = Self.turns(half + 1, of: count)
    }

    private static func turns(_ steps: Int, of whole: Int) -> [Double] {
        (0..<steps).flatMap { step in
            let angle = -2 * Double.pi * Double(step) / Double(whole)
            return [cos(angle), sin(angle)]
        }
    }

    package func makeWorkspace() -> Workspace {
        Workspace(
            samples: [Double](repeating: 0, count: count), power: [Double](repeating: 0, count: binCount),
            other: [Double](repeating: 0, count: count))
    }

    /// `workspace.samples` → `workspace.power`.
    package func run(_ workspace: inout Workspace) {
        let half = count / 2
        var stride = 1
        for radix in radices {
            workspace.samples.withUnsafeBufferPointer { source in
                workspace.other.withUnsafeMutableBufferPointer { target in
                    // Both hold `half` complex numbers, and a stage of this stride and radix reads and writes each once.
                    stage(source, target, radix: radix, stride: stride, groups: half / stride / radix)
                }
            }
            swap(&workspace.samples, &workspace.other)
            stride *= radix
        }
        for bin in 0...half {
            let (a, b) = (bin % half, (half - bin) % half)
            let (ar, ai) = (workspace.samples[2 * a], workspace.samples[2 * a + 1])
            let (br, bi) = (workspace.samples[2 * b], -workspace.samples[2 * b + 1])
            let (dr, di) = (ar - br, ai - bi)
            let (c, s) = (splitTurns[2 * bin], splitTurns[2 * bin + 1])
            // -i (c + i s) (dr + i di)
            let real = 0.5 * (ar + br + c * di + s * dr)
            let imaginary = 0.5 * (ai + bi + s * di - c * dr)
            workspace.power[bin] = real * real + imaginary * imaginary
        }
    }

    /// Transforms of `radix` points each, turned and laid so that after the last stage the result is in order.
    private func stage(
        _ x: UnsafeBufferPointer<Double>, _ y: UnsafeMutableBufferPointer<Double>, radix: Int, stride: Int, groups: Int
    ) {
        let half = count / 2
        let step = half / radix
        turns.withUnsafeBufferPointer { turns in
            for group in 0..<groups {
                for output in 0..<radix {
                    let turn = group * output * stride % half
                    let (wr, wi) = (turns[2 * turn], turns[2 * turn + 1])
                    for lane in 0..<stride {
                        var (sumR, sumI) = (0.0, 0.0)
                        var angle = 0
                        for input in 0..<radix {
                            let from = 2 * (lane + stride * (group + groups * input))
                            let (c, s) = (turns[2 * angle], turns[2 * angle + 1])
                            sumR += x[from] * c - x[from + 1] * s
                            sumI += x[from] * s + x[from + 1] * c
                            angle += output * step
                            if angle >= half { angle %= half }
                        }
                        let to = 2 * (lane + stride * (radix * group + output))
                        y[to] = sumR * wr - sumI * wi
                        y[to + 1] = sumR * wi + sumI * wr
                    }
                }
            }
        }
    }
}
