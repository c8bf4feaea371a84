import MillValue

extension GrammarBuilder {
    mutating func numbers(_ shape: ValueShape) throws(SchemaError) -> [Int32] {
        let isInteger = !shape.types.contains(.fraction)
        if !shape.steps.isEmpty { return try multiples(shape, isInteger: isInteger) }
        let whole = min(isInteger ? limits.integerDigits : limits.wholeDigits, 18)
        let fraction = isInteger ? 0 : min(limits.fractionDigits, 18 - whole)
        return try decimals(shape, whole: whole, fraction: fraction)
    }

    /// Numbers with `fraction` digits after the point within the bounds of `shape`.
    private mutating func decimals(_ shape: ValueShape, whole: Int, fraction: Int) throws(SchemaError) -> [Int32] {
        // A bound that is set may need more digits than the default allows.
        let given = [shape.lowerBound, shape.upperBound].compactMap { $0.map { abs($0.value) } }.max() ?? 0
        var digits = whole
        while digits + fraction < 18, given >= powerOfTen(digits) { digits += 1 }
        let limit = Int(powerOfTen(digits + fraction)) - 1
        var lower =
            shape.lowerBound.map { Decimal($0.value).scaled(fraction, isLower: true, isExclusive: $0.isExclusive) } ?? -limit
        var upper =
            shape.upperBound.map { Decimal($0.value).scaled(fraction, isLower: false, isExclusive: $0.isExclusive) } ?? limit
        if lower > limit || upper < -limit {
            let digits = fraction == 0 ? "\(digits) digits" : "\(digits) digits before the point"
            omission = .notGeneratable(path: shape.path, reason: "its numbers lie beyond the \(digits) that can be generated")
        }
        lower = max(lower, -limit)
        upper = min(upper, limit)
        guard lower <= upper else { return [] }

        var entries: [Int32] = []
        if upper >= 0 {
            var digitsBuilder = DigitAutomaton(range: max(lower, 0)...upper, whole: digits, fraction: fraction)
            entries.append(try digitsBuilder.build(into: &self, path: shape.path))
        }
        if lower < 0 {
            var digitsBuilder = DigitAutomaton(range: max(1, -upper)...(-lower), whole: digits, fraction: fraction)
            let magnitude = try digitsBuilder.build(into: &self, path: shape.path)
            entries.append(try add(opening("-", magnitude), path: shape.path))
        }
        return entries
    }

    /// Multiples of a power of ten below 1 are numbers with so many decimals; others are listed if they are few.
    private mutating func multiples(_ shape: ValueShape, isInteger: Bool) throws(SchemaError) -> [Int32] {
        guard shape.steps.count == 1, let step = shape.steps.first else {
            throw .notGeneratable(path: shape.path, reason: "several 'multipleOf' apply to one number")
        }
        if step == 1 { return try decimals(shape, whole: min(limits.integerDigits, 18), fraction: 0) }
        if !isInteger, let places = (1...6).first(where: { step == 1 / powerOfTen($0) }) {
            return try decimals(shape, whole: min(limits.wholeDigits, 18 - places), fraction: places)
        }
        guard let lower = shape.lowerBound?.value, let upper = shape.upperBound?.value, (upper - lower) / step <= 1000 else {
            throw .notGeneratable(
                path: shape.path,
                reason: "'multipleOf' needs a minimum and a maximum at most 1000 steps apart, or to be 1, 0.1, 0.01 …")
        }
        var values: [Value] = []
        var count = (lower / step).rounded(.up)
        while count * step <= upper {
            let value = count * step
            let exact: Value = Int(exactly: value).map { .int($0) } ?? .double(value)
            let isWithin = shape.lowerBound?.isBelow(value) ?? true && shape.upperBound?.isAbove(value) ?? true
            if isWithin, !isInteger || exact.int != nil { values.append(exact) }
            count += 1
        }
        return values.isEmpty ? [] : [try literals(values, path: shape.path)]
    }
}

/// `10^exponent`, exact up to 10^22.
private func powerOfTen(_ exponent: Int) -> Double {
    (0..<max(0, exponent)).reduce(1.0) { power, _ in power * 10 }
}

/// The shortest decimal text of a double, as digits and an exponent.
private struct Decimal {
    private let isNegative: Bool
    /// The value is 0.d₁d₂d₃… × 10^exponent.
    private let digits: [Int]
    private let exponent: Int

    init(_ value: Double) {
        isNegative = value < 0
        let text = "\(abs(value))"
        let parts = text.split(separator: "e")
        let point = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        var all = parts[0].compactMap(\.wholeNumberValue)
        var exponent = point[0].count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        while all.first == 0 {
            all.removeFirst()
            exponent -= 1
        }
        while all.last == 0 { all.removeLast() }
        digits = all
        self.exponent = all.isEmpty ? 0 : exponent
    }

    /// The smallest (or largest) whole number that, divided by 10^`places`, is not below (or above) this value; clamped to ±10^18.
    func scaled(_ places: Int, isLower: Bool, isExclusive: Bool) -> Int {
        let count = exponent + places
        guard count <= 18 else { return isNegative ? -1_000_000_000_000_000_000 : 1_000_000_000_000_000_000 }
        var whole = 0
        for index in 0..<max(0, count) { whole = whole * 10 + (index < digits.count ? digits[index] : 0) }
        let isExact = digits.count <= max(0, count)
        let floor = isNegative ? (isExact ? -whole : -whole - 1) : whole
        if isExact { return isExclusive ? (isLower ? floor + 1 : floor - 1) : floor }
        return isLower ? floor + 1 : floor
    }
}
