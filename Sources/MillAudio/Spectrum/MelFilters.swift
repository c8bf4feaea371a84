import Glibc

/// Triangular filters that sum the bins of a spectrum into bands of equal width to the ear: Slaney's scale (linear to 1 kHz,
/// logarithmic above) with each filter of the same area (Slaney 1998, Auditory Toolbox; the default of librosa).
struct MelFilters: Sendable {
    private struct Filter: Sendable {
        let first: Int
        let weights: [Double]
    }

    private let filters: [Filter]

    /// - Parameters:
    ///   - binCount: frequencies from 0 to half the sample rate.
    init(count: Int, binCount: Int, sampleRate: Double) {
        let top = Self.mel(sampleRate / 2)
        let edges = (0..<count + 2).map { Self.hertz(top * Double($0) / Double(count + 1)) }
        let bins = (0..<binCount).map { sampleRate / 2 * Double($0) / Double(binCount - 1) }
        filters = (0..<count).map { index in
            let (low, centre, high) = (edges[index], edges[index + 1], edges[index + 2])
            let weights = bins.map { hertz in
                max(0, min((hertz - low) / (centre - low), (high - hertz) / (high - centre))) * 2 / (high - low)
            }
            let first = weights.firstIndex { $0 > 0 } ?? 0
            let last = weights.lastIndex { $0 > 0 } ?? -1
            return Filter(first: first, weights: last >= first ? Array(weights[first...last]) : [])
        }
    }

    /// The energy in band `index` of a power spectrum.
    func energy(_ index: Int, of power: [Double]) -> Double {
        let filter = filters[index]
        var sum = 0.0
        for (offset, weight) in filter.weights.enumerated() { sum += weight * power[filter.first + offset] }
        return sum
    }

    private static func mel(_ hertz: Double) -> Double {
        hertz < 1000 ? hertz * 3 / 200 : 15 + log(hertz / 1000) * 27 / log(6.4)
    }

    private static func hertz(_ mel: Double) -> Double {
        mel < 15 ? mel * 200 / 3 : 1000 * exp((mel - 15) * log(6.4) / 27)
    }
}
