/// A set of Unicode scalars as sorted ranges that do not touch.
package struct ScalarSet: Sendable, Hashable {
    package private(set) var ranges: [ClosedRange<UInt32>]

    package init(_ ranges: [ClosedRange<UInt32>]) {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound &+ 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        self.ranges = merged
    }

    package init(_ scalar: Unicode.Scalar) { self.init([scalar.value...scalar.value]) }

    package func contains(_ scalar: Unicode.Scalar) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar.value { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= scalar.value
    }

    package func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

    package var inverted: ScalarSet {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { result.append(next...0x10FFFF) }
        return ScalarSet(result)
    }

    /// With the other case of every ASCII letter.
    package var ignoringCase: ScalarSet {
        var result = ranges
        for (letters, offset) in [(UInt32(65)...90, Int64(32)), (97...122, -32)] {
            for range in ranges where range.overlaps(letters) {
                let common = range.clamped(to: letters)
                result.append(UInt32(Int64(common.lowerBound) + offset)...UInt32(Int64(common.upperBound) + offset))
            }
        }
        return ScalarSet(result)
    }

    package static let digits = ScalarSet([48...57])
    package static let word = ScalarSet([48...57, 65...90, 95...95, 97...122])
    package static let space = ScalarSet([9...13, 32...32])
    package static let anyButNewline = ScalarSet([10...10]).inverted
}
