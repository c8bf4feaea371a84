import MillDocument
import MillExtraction
import MillValue

/// How well a record agrees with what the report really says.
package struct ReportScores: Sendable {
    package private(set) var documentCount = 0
    /// By the truth's name of the field; a list such as the analysts counts each of its values.
    package private(set) var fields: [String: Score] = [:]
    /// Triples of name, period and value with unit.
    package private(set) var metrics = Score()
    /// Of the right triples: how many changes of the truth are there, and how many are marked as estimate or not as they should.
    package private(set) var changes = Score()
    package private(set) var kinds = Score()
    /// Of the right fields and triples: how many stand where the truth has them.
    package private(set) var places = Score()
    /// What was missed and what was wrong, one line each.
    package private(set) var remarks: [String] = []

    /// How much of a true box a place must cover, 0 to 1.
    package static let leastCover = 0.5

    package init() {}

    package var allFields: Score { fields.values.reduce(Score()) { $0 + $1 } }
    /// What a report must tell above all.
    package var mainFields: Score {
        ["company", "ticker", "rating", "target_price"].reduce(Score()) { $0 + (fields[$1] ?? Score()) }
    }

    /// Adds a document.
    package mutating func add(_ record: ReportRecord, _ truth: ReportTruth) {
        documentCount += 1
        for field in truth.fields { add(field, record, truth) }
        add(truth.metrics, record, truth)
    }

    package static func + (first: ReportScores, second: ReportScores) -> ReportScores {
        var sum = first
        sum.documentCount += second.documentCount
        sum.fields.merge(second.fields, uniquingKeysWith: +)
        sum.metrics = sum.metrics + second.metrics
        sum.changes = sum.changes + second.changes
        sum.kinds = sum.kinds + second.kinds
        sum.places = sum.places + second.places
        sum.remarks += second.remarks
        return sum
    }

    // MARK: Fields

    private mutating func add(_ field: ReportTruth.Field, _ record: ReportRecord, _ truth: ReportTruth) {
        let name = ReportNames.fields[field.name] ?? field.name
        let given = record.fields.filter { $0.name == name || $0.name == field.name }
        var score = Score()
        if field.values.count > 1 || field.name == "analyst" {
            var open = given
            for value in field.values {
                if let index = open.firstIndex(where: { Self.agree($0, value, field) }) {
                    score.right += 1
                    addPlaces(open[index].provenance, field.places)
                    open.remove(at: index)
                } else {
                    score.missed += 1
                    remarks.append("\(truth.file): \(field.name) \(value.json()) is missing")
                }
            }
            score.wrong += open.count
            for extra in open { remarks.append("\(truth.file): \(field.name) \(Self.text(extra)) is wrong") }
        } else if let first = given.first, let value = field.values.first {
            if Self.agree(first, value, field) {
                score.right += 1
                addPlaces(first.provenance, field.places)
            } else {
                score.missed += 1
                score.wrong += 1
                remarks.append("\(truth.file): \(field.name) is \(value.json()), not \(Self.text(first))")
            }
        } else {
            score.missed += 1
            remarks.append("\(truth.file): \(field.name) \(field.values.first?.json() ?? "") is missing")
        }
        fields[field.name] = (fields[field.name] ?? Score()) + score
    }

    private static func text(_ field: ReportField) -> String {
        switch field.content {
        case .text(let text), .date(let text): text
        case .rating(let text, let scale): "\(text) (\(scale ?? "?"))"
        case .amount(let amount): "\(amount.number) \(amount.unit ?? "?")"
        }
    }

    private static func agree(_ field: ReportField, _ value: Value, _ truth: ReportTruth.Field) -> Bool {
        switch field.content {
        case .amount(let amount):
            guard let number = value.double else { return false }
            let unit = amount.unit.map { String($0.prefix(3)) }
            return abs(amount.number - number) <= abs(number) * 1e-3 && (truth.currency == nil || unit == truth.currency)
        case .date(let date): return date == value.string
        case .rating(let words, let scale):
            if let wanted = truth.scale { return scale == wanted }
            return ReportNames.key(words) == ReportNames.key(value.string ?? "")
        case .text(let text):
            let names = [value.string ?? value.json()] + truth.also
            if truth.name == "ticker" {
                return names.contains {
                    (Tickers.normalised($0) ?? $0) == (Tickers.normalised(text) ?? text)
                        || ReportNames.key($0) == ReportNames.key(text)
                }
            }
            return names.contains { ReportNames.company($0) == ReportNames.company(text) }
        }
    }

    // MARK: Figures

    private mutating func add(_ metrics: [ReportTruth.Metric], _ record: ReportRecord, _ truth: ReportTruth) {
        var byPeriod: [String: [Int]] = [:]
        for (index, figure) in record.figures.enumerated() { byPeriod[figure.period ?? "", default: []].append(index) }
        var used: Set<Int> = []
        for metric in metrics {
            let found = (byPeriod[metric.period ?? ""] ?? []).first {
                !used.contains($0) && Self.agree(record.figures[$0], metric)
            }
            guard let found else {
                // A row of growth is the change of the row above it.
                if let figure = (byPeriod[metric.period ?? ""] ?? []).lazy.map({ record.figures[$0] }).first(where: {
                    Self.isGrowth($0, metric)
                }) {
                    self.metrics.right += 1
                    addPlaces([figure.changeProvenance].compactMap { $0 }, metric.places)
                    continue
                }
                self.metrics.missed += 1
                remarks.append(
                    "\(truth.file): \(metric.names[0]) \(metric.period ?? "") \(metric.raw) is missing"
                )
                continue
            }
            used.insert(found)
            self.metrics.right += 1
            let figure = record.figures[found]
            addPlaces(figure.provenance, metric.places)
            kinds.count((figure.kind == .estimate || figure.kind == .consensus) == metric.isEstimate)
            if let change = metric.change {
                // The truth computes some changes; what is printed is rounded.
                changes.count(figure.change.map { abs($0.number - change) <= 0.06 + abs(change) * 1e-3 } ?? false)
            }
        }
        for (index, figure) in record.figures.enumerated() where !used.contains(index) && figure.value != nil {
            self.metrics.wrong += 1
            remarks.append(
                "\(truth.file): figure \(figure.name) \(figure.period ?? "–") \(figure.value?.number ?? .nan) \(figure.value?.unit ?? "?") is not in the truth"
            )
        }
    }

    private static func agree(_ figure: ReportFigure, _ metric: ReportTruth.Metric) -> Bool {
        guard let value = figure.value else { return isGrowth(figure, metric) || isSameChange(figure, metric) }
        guard let number = metric.value, let unit = metric.unit else { return false }
        return isNamed(figure, metric) && isUnit(value.unit, unit) && isNear(value.number, number, metric.raw)
    }

    /// Names that mean the same metric (`turnover`, `revenue`) are one.
    private static func isNamed(_ figure: ReportFigure, _ metric: ReportTruth.Metric) -> Bool {
        let (name, key) = (ReportNames.key(figure.name), MetricNames().key(of: figure.name))
        return metric.names.contains { ReportNames.key($0) == name || MetricNames().key(of: $0) == key }
    }

    /// The change of a figure is the value of the metric `… growth`.
    private static func isGrowth(_ figure: ReportFigure, _ metric: ReportTruth.Metric) -> Bool {
        guard let number = metric.value, let unit = metric.unit, let change = figure.change, isUnit(change.unit, unit),
            isNear(change.number, number, metric.raw)
        else { return false }
        let (name, key) = (ReportNames.key(figure.name), MetricNames().key(of: figure.name))
        return metric.names.contains { metric in
            let growth = ReportNames.key(metric)
            return ["growth", "同比增速", "增长率", "增速", "同比", "增长"].contains { word in
                guard growth.hasSuffix(word) else { return false }
                let base = String(growth.dropLast(word.count))
                return base == name || MetricNames().key(of: base) == key
            }
        }
    }

    /// Only the change of the metric is told.
    private static func isSameChange(_ figure: ReportFigure, _ metric: ReportTruth.Metric) -> Bool {
        guard metric.value == nil, let change = figure.change?.number, let wanted = metric.change else { return false }
        return isNamed(figure, metric) && abs(change - wanted) <= 0.06 + abs(wanted) * 1e-3
    }

    /// Within 0.1 %, or half a unit of the last printed digit.
    private static func isNear(_ number: Double, _ wanted: Double, _ raw: String) -> Bool {
        abs(number - wanted) <= max(abs(wanted) * 1e-3, halfUnit(wanted, raw))
    }

    private static func halfUnit(_ value: Double, _ raw: String) -> Double {
        let digits = raw.filter { $0.isNumber || $0 == "." }
        guard let printed = Double(digits), printed > 0 else { return 0 }
        let decimals = digits.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first?.count ?? 0
        // A whole number is exact: its last digit says little about how it was rounded.
        guard decimals > 0 else { return 0 }
        return 0.5 * abs(value) / printed * (0..<decimals).reduce(1) { unit, _ in unit / 10 }
    }

    /// Equal classes: `per_share:CNY` is `CNY per share`; shares and other things are counts.
    private static func isUnit(_ unit: String?, _ wanted: String) -> Bool {
        func plain(_ unit: String) -> String {
            if unit.hasPrefix("per_share:") { return String(unit.dropFirst(10)) + " per share" }
            if ["shares", "t", "oz", "sqm", "m3", "GWh", "MWh", "kWh", "TWh", "GW", "MW", "bbl", "boe"].contains(unit) {
                return "count"
            }
            // A price of a quantity: `USD/oz`.
            if let slash = unit.firstIndex(of: "/") { return String(unit[..<slash]) }
            return unit
        }
        return unit.map(plain) == plain(wanted)
    }

    // MARK: Places

    private mutating func addPlaces(_ provenance: [Provenance], _ truth: [PagePlace]) {
        guard !truth.isEmpty else { return }
        let given = provenance.flatMap(\.places)
        places.count(
            given.contains { place in
                truth.contains { wanted in
                    guard wanted.page == place.page, let common = place.box.intersection(wanted.box) else { return false }
                    return common.area >= Self.leastCover * wanted.box.area
                }
            })
    }
}
