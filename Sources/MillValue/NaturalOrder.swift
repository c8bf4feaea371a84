extension String {
    /// Whether this stands before another text in natural order: digit runs are compared by their value (`2.jpg` before
    /// `10.jpg`), everything else by code points. Only equal code points stand at the same place.
    package func precedesNaturally(_ other: String) -> Bool {
        let (a, b) = (Array(utf8), Array(other.utf8))
        var (i, j) = (0, 0)
        while i < a.count, j < b.count {
            let (left, right) = (Self.digits(of: a, from: i), Self.digits(of: b, from: j))
            if !left.isEmpty, !right.isEmpty {
                let (x, y) = (left.drop { $0 == UInt8(ascii: "0") }, right.drop { $0 == UInt8(ascii: "0") })
                if x.count != y.count { return x.count < y.count }
                if !x.elementsEqual(y) { return x.lexicographicallyPrecedes(y) }
                (i, j) = (left.endIndex, right.endIndex)
            } else if a[i] != b[j] {
                return a[i] < b[j]
            } else {
                (i, j) = (i + 1, j + 1)
            }
        }
        let (left, right) = (a.count - i, b.count - j)
        return left == right ? a.lexicographicallyPrecedes(b) : left < right
    }

    private static func digits(of bytes: [UInt8], from start: Int) -> ArraySlice<UInt8> {
        bytes[start...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
