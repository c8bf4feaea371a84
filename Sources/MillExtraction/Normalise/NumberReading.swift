/// A number as printed, with the currency, scale and unit that stand beside it.
public struct NumberReading: Sendable, Hashable {
    /// With its sign, before the scale: 1.2 of `1.2bn`.
    public var mantissa: Double
    /// The scale of its own words: 1e9 of `1.2bn`; nil without.
    public var scale: Double?
    public var currency: String?
    public var measure: Measure?
    /// How many digits stand after the point.
    public var decimals: Int
    /// The code points of the number alone.
    public var digits: Range<Int>
    /// With sign, brackets, currency and unit.
    public var range: Range<Int>
    /// Whether a `+`, `-` or brackets make its sign plain.
    public var isSigned: Bool
    /// Whether characters were taken for digits that they resemble (`O` for 0, `l` for 1).
    public var isCorrected = false
    /// Whether words beside it make it a change: `YoY`, `同比`.
    public var isChange = false

    /// In base units.
    public var number: Double { mantissa * (scale ?? 1) }
    /// Half a unit of the last printed digit, in base units.
    public var halfUnit: Double { 0.5 * (scale ?? 1) * (0..<decimals).reduce(1) { unit, _ in unit / 10 } }
    /// With the unit that stands beside it.
    public var amount: Amount {
        Amount(number: number.withoutNoise, unit: measure?.unit(currency: currency) ?? (measure == nil ? currency : nil))
    }
}

extension Double {
    /// Without the noise that a product of decimal fractions brings: 15 significant digits.
    var withoutNoise: Double {
        guard isFinite, self != 0, abs(self) < 1e18, abs(self) > 1e-12 else { return self }
        // Whole base units as well as fractions have at most a few decimals.
        var unit = 1.0
        for _ in 0...9 {
            let scaled = (self * unit).rounded()
            if abs(scaled / unit - self) <= abs(self) * 1e-14 { return scaled / unit }
            unit *= 10
        }
        return self
    }
}

/// What a cell holds, read as a number.
public enum NumberContent: Sendable, Hashable {
    case number(NumberReading)
    /// `10–12%`.
    case range(NumberReading, NumberReading)
    /// A dash, `n.a.`, `nm`: no value.
    case absent
    /// No number.
    case other
}
