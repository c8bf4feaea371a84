/// Joins values to metrics, periods, changes and units by their places alone (`docs/models/ledger.md`, Entities → tuples).
struct LedgerRelations {
    enum Role: Sendable {
        case metric, period, value, change

        init?(_ label: String) {
            switch label {
            case LedgerLabel.metric: self = .metric
            case LedgerLabel.period: self = .period
            case LedgerLabel.value: self = .value
            case LedgerLabel.change: self = .change
            default: return nil
            }
        }
    }

    /// An entity that takes part in figures.
    struct Mention: Sendable {
        let role: Role
        let range: Range<Int>
        let place: LedgerPlace

        var start: Int { range.lowerBound }
        var end: Int { range.upperBound }
    }

    /// Longer groups are read piece by piece, which bounds the work for texts without an end to their sentences.
    private static let longestGroup = 512

    let text: LedgerText
    let layout: LedgerLayout
    let units: LedgerUnits
    private let kinds: [Int: String]
    private let defaultKind: String

    var figures: [LedgerFigure] = []
    /// The last period that is no relative one, and the metric of the last sentence that had one.
    var lastPeriod: Range<Int>?
    var lastMetric: Range<Int>?

    init(_ text: LedgerText, units: LedgerUnits, kinds: [Int: String], defaultKind: String) {
        self.text = text
        layout = LedgerLayout(text)
        self.units = units
        self.kinds = kinds
        self.defaultKind = defaultKind
    }

    /// The figures in order of their places.
    mutating func figures(of entities: [LedgerEntity]) -> [LedgerFigure] {
        let entities = entities.filter { Role($0.label) != nil && $0.range.lowerBound < text.count }
            .sorted { $0.range.lowerBound < $1.range.lowerBound }
        let places = layout.places(of: entities.map(\.range.lowerBound))
        let mentions = zip(entities, places).compactMap { entity, place in
            Role(entity.label).map { Mention(role: $0, range: entity.range, place: place) }
        }
        var start = 0
        while start < mentions.count {
            let table = layout.lines[mentions[start].place.line].table
            var end = start + 1
            while end < mentions.count, isTogether(mentions[start], mentions[end]) { end += 1 }
            if let table {
                readTable(mentions[start..<end], firstLine: layout.tables[table])
            } else {
                for piece in stride(from: start, to: end, by: Self.longestGroup) {
                    readSentence(Array(mentions[piece..<min(piece + Self.longestGroup, end)]))
                }
            }
            start = end
        }
        return figures.sorted {
            ($0.place.lowerBound, $0.place.upperBound) < ($1.place.lowerBound, $1.place.upperBound)
        }
    }

    private func isTogether(_ a: Mention, _ b: Mention) -> Bool {
        let (table, other) = (layout.lines[a.place.line].table, layout.lines[b.place.line].table)
        return table == other && (table != nil || a.place.sentence == b.place.sentence)
    }

    /// A figure for a value, as yet without a change.
    func figure(_ value: Mention, metric: Range<Int>?, period: Range<Int>?, unit: [Range<Int>]) -> LedgerFigure {
        LedgerFigure(
            value: value.range, metric: metric, period: period, unit: unit, kind: kinds[value.start] ?? defaultKind)
    }

    /// Currency and unit beside a value.
    func unit(_ value: Mention) -> [Range<Int>] {
        units.around(value.range, line: layout.lines[value.place.line].range.lowerBound, in: text)
    }
}
