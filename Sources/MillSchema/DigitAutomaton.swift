import MillValue

/// Builds the nodes that read a non-negative decimal number, digit by digit, so that it ends within a range.
///
/// Numbers are scaled by 10^`fraction`, so everything is exact. Only prefixes of the bounds need nodes of their own;
/// all others share one node per pattern of "how many more digits may follow".
struct DigitAutomaton {
    /// In units of 10^-`fraction`.
    let range: ClosedRange<Int>
    /// The most digits before the point.
    let whole: Int
    /// The most digits after the point.
    let fraction: Int

    private enum Key: Hashable {
        case exact(value: Int, digits: Int, isFraction: Bool)
        case whole([Overlap])
        case fraction(Overlap, digits: Int)
    }

    private enum Overlap: Hashable { case none, part, all }

    private var known: [Key: Int32] = [:]

    init(range: ClosedRange<Int>, whole: Int, fraction: Int) {
        self.range = range
        self.whole = whole
        self.fraction = fraction
    }

    mutating func build(into builder: inout GrammarBuilder, path: String) throws(SchemaError) -> Int32 {
        var node = GrammarNode()
        for digit in 0...9 where overlaps(whole: digit, digits: 1).contains(where: { $0 != .none }) {
            let target = try wholeNode(digit, digits: 1, into: &builder, path: path)
            node.edges.append(Self.edge(digit, target))
        }
        return try builder.add(node, path: path)
    }

    /// After `digits` digits before the point that make `value`.
    private mutating func wholeNode(
        _ value: Int, digits: Int, into builder: inout GrammarBuilder, path: String
    ) throws(SchemaError) -> Int32 {
        let overlaps = overlaps(whole: value, digits: digits)
        let isShared = value != 0 && !overlaps.contains(.part)
        let key = isShared ? Key.whole(overlaps) : .exact(value: value, digits: digits, isFraction: false)
        if let node = known[key] { return node }
        var node = GrammarNode()
        node.isEnd = range.contains(value * Self.power(fraction))
        if value != 0, digits < whole {
            for digit in 0...9 {
                let next = value * 10 + digit
                guard self.overlaps(whole: next, digits: digits + 1).contains(where: { $0 != .none }) else { continue }
                node.edges.append(Self.edge(digit, try wholeNode(next, digits: digits + 1, into: &builder, path: path)))
            }
        }
        if fraction > 0, overlap(value * Self.power(fraction), width: Self.power(fraction)) != .none {
            let point = UInt8(ascii: ".")
            let target = try fractionNode(value, digits: 0, into: &builder, path: path)
            node.edges.append(GrammarNode.Edge(low: point, high: point, target: target))
        }
        let index = try builder.add(node, path: path)
        known[key] = index
        return index
    }

    /// After `digits` digits behind the point; `value` is made of all digits so far.
    private mutating func fractionNode(
        _ value: Int, digits: Int, into builder: inout GrammarBuilder, path: String
    ) throws(SchemaError) -> Int32 {
        let unit = Self.power(fraction - digits)
        let overlap = overlap(value * unit, width: unit)
        let key = overlap == .all ? Key.fraction(overlap, digits: digits) : .exact(value: value, digits: digits, isFraction: true)
        if let node = known[key] { return node }
        var node = GrammarNode()
        node.isEnd = digits > 0 && range.contains(value * unit)
        if digits < fraction {
            for digit in 0...9 where self.overlap((value * 10 + digit) * (unit / 10), width: unit / 10) != .none {
                let target = try fractionNode(value * 10 + digit, digits: digits + 1, into: &builder, path: path)
                node.edges.append(Self.edge(digit, target))
            }
        }
        let index = try builder.add(node, path: path)
        known[key] = index
        return index
    }

    /// How the numbers with 0, 1, 2… further digits before the point overlap the range.
    private func overlaps(whole value: Int, digits: Int) -> [Overlap] {
        (0...(value == 0 ? 0 : whole - digits)).map { more in
            let width = Self.power(more + fraction)
            return overlap(value * width, width: width)
        }
    }

    /// How the `width` numbers from `start` overlap the range.
    private func overlap(_ start: Int, width: Int) -> Overlap {
        let last = start + width - 1
        if last < range.lowerBound || start > range.upperBound { return .none }
        return range.contains(start) && range.contains(last) ? .all : .part
    }

    private static func power(_ exponent: Int) -> Int { (0..<max(0, exponent)).reduce(1) { power, _ in power * 10 } }

    private static func edge(_ digit: Int, _ target: Int32) -> GrammarNode.Edge {
        let byte = UInt8(ascii: "0") + UInt8(digit)
        return GrammarNode.Edge(low: byte, high: byte, target: target)
    }
}
