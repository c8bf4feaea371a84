import MillValue

/// Something that a report names; places are code points of its text.
public struct LedgerEntity: Sendable, Hashable {
    /// `company`, `rating`, `metric`, … (`docs/models/ledger.md`).
    public let label: String
    public let range: Range<Int>

    public init(label: String, range: Range<Int>) {
        self.label = label
        self.range = range
    }
}

/// A figure with what the report says it is; places are code points of its text.
public struct LedgerFigure: Sendable, Hashable {
    /// The number; nil where only its change is given.
    public internal(set) var value: Range<Int>?
    /// The name of the figure.
    public internal(set) var metric: Range<Int>?
    public internal(set) var period: Range<Int>?
    /// Currency and unit, in the order in which they are looked for.
    public internal(set) var unit: [Range<Int>] = []
    public internal(set) var change: Range<Int>?
    /// `actual`, `estimate` or `consensus`; nil without a value.
    public internal(set) var kind: String?

    /// Where the figure stands in the text.
    var place: Range<Int> { value ?? change ?? 0..<0 }
}

/// What a model found in a report.
public struct LedgerReading: Sendable, Hashable {
    /// In order of their places; no two overlap.
    public let entities: [LedgerEntity]
    public let figures: [LedgerFigure]

    public init(entities: [LedgerEntity], figures: [LedgerFigure]) {
        self.entities = entities
        self.figures = figures
    }
}

extension LedgerReading {
    /// As JSON has it: `entities` and `figures`, each part with its words and place.
    ///
    /// - Parameter text: the report that was read.
    public func value(of text: String) -> Value {
        let scalars = Array(text.unicodeScalars)
        func part(_ range: Range<Int>) -> [(String, Value)] {
            let words = String(String.UnicodeScalarView(scalars[range.clamped(to: 0..<scalars.count)]))
            return [("text", .string(words)), ("start", .int(range.lowerBound)), ("end", .int(range.upperBound))]
        }
        func optional(_ range: Range<Int>?) -> Value { range.map { .map(ValueMap(part($0))) } ?? .null }
        return [
            "entities": .list(entities.map { .map(ValueMap([("label", .string($0.label))] + part($0.range))) }),
            "figures": .list(
                figures.map { figure in
                    [
                        "metric": optional(figure.metric), "period": optional(figure.period), "value": optional(figure.value),
                        "unit": .list(figure.unit.map { .map(ValueMap(part($0))) }), "change": optional(figure.change),
                        "kind": figure.kind.map(Value.string) ?? .null,
                    ]
                }),
        ]
    }
}
