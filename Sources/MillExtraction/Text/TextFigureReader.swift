import MillModels

/// Turns the model's figures of running text into normalised ones.
struct TextFigureReader {
    let feed: LedgerFeed
    let context: TableContext
    let names: MetricNames
    private let periods: TextPeriods

    init(feed: LedgerFeed, context: TableContext, names: MetricNames) {
        self.feed = feed
        self.context = context
        self.names = names
        periods = TextPeriods(context: context, names: names)
    }

    func figures(_ reading: LedgerReading) -> [FigureDraft] {
        let lists = lists(reading.figures)
        let metrics = reading.entities.filter { $0.label == "metric" }
        let runs = ValueRuns(reading.figures, feed, periods: PeriodReader(context: context.document)).places
        var drafts: [FigureDraft] = []
        for (index, figure) in reading.figures.enumerated() {
            if var draft = draft(figure, metrics, head: runs[index]?.first, listPeriod: runs[index]?.year ?? lists[index]),
                !isReplaced(draft, figure, by: drafts.last)
            {
                if let last = drafts.last { compare(&draft, figure, with: last) }
                if let last = drafts.last, isEcho(figure, draft, of: last) {
                    (draft.name, draft.key) = (last.name, last.key)
                    if let unit = last.value?.unit, unit == "\(draft.value?.unit ?? "") per share" { draft.value?.unit = unit }
                }
                drafts.append(draft)
            }
            if let draft = earlier(figure, of: drafts.last) { drafts.append(draft) }
        }
        return drafts
    }

    /// `毛利率为63.6%，较上年同期的61.0%`: what the model takes for a change is the value of the year before.
    private func earlier(_ figure: LedgerFigure, of draft: FigureDraft?) -> FigureDraft? {
        guard let draft, let place = figure.change.flatMap(feed.place), figure.value != nil, let period = draft.period else {
            return nil
        }
        let text = place.source.folded
        guard text[place.range.lowerBound - 1] == "的" else { return nil }
        let before = text.folded(max(0, place.range.lowerBound - 8)..<place.range.lowerBound)
        guard ["同期的", "去年的", "上年的", "前一年的"].contains(where: before.hasSuffix), let value = value(place, name: draft.name),
            value.amount.unit == draft.value?.unit
        else { return nil }
        var earlier = draft
        earlier.period = period.before
        (earlier.value, earlier.halfUnit, earlier.provenance) = (value.amount, value.halfUnit, [value.provenance])
        (earlier.change, earlier.changeProvenance, earlier.kind) = (nil, nil, .actual)
        return earlier
    }

    /// `现金流净额1.94亿元，上年同期为1.21亿元`: the same of the year before.
    private func compare(_ draft: inout FigureDraft, _ figure: LedgerFigure, with last: FigureDraft) {
        guard let place = figure.value.flatMap(feed.place), let own = draft.provenance.first, let other = last.provenance.last,
            let period = last.period, last.value?.unit == draft.value?.unit, own.range.lowerBound > other.range.upperBound,
            own.range.lowerBound - other.range.upperBound <= 24
        else { return }
        let start = max(0, place.range.lowerBound - 8)
        let before = place.source.folded.folded(start..<place.range.lowerBound)
        guard ["上年同期为", "去年同期为", "上年同期约为", "去年同期约为", "上年同期", "去年同期"].contains(where: before.hasSuffix) else { return }
        (draft.name, draft.key, draft.period, draft.kind) = (last.name, last.key, period.before, .actual)
    }

    /// `溢利约为44.9百万港元（去年同期：26.7百万港元）`: what brackets with a period and a value behind a figure speak of.
    private func isEcho(_ figure: LedgerFigure, _ draft: FigureDraft, of last: FigureDraft) -> Bool {
        guard let place = figure.value.flatMap(feed.place), let own = draft.provenance.first, let other = last.provenance.last,
            last.value?.unit == draft.value?.unit || names.measure(of: last.name) == .perShare,
            own.range.lowerBound > other.range.upperBound,
            own.range.lowerBound - other.range.upperBound <= 24
        else { return false }
        let end = own.range.lowerBound - place.source.base
        let start = other.range.upperBound - place.source.base
        guard start >= 0, end > start,
            place.source.folded[start] == "(" || place.source.folded[start] == " " && place.source.folded[start + 1] == "("
        else { return false }
        let between = place.source.folded.folded(start..<end)
        return between.contains(":") && !between.contains(")")
    }

    /// `to $4.05 from $3.90`: the forecast that the one before it replaces.
    private func isReplaced(_ draft: FigureDraft, _ figure: LedgerFigure, by last: FigureDraft?) -> Bool {
        guard let last, last.key == draft.key, last.period == draft.period, draft.kind == .estimate,
            let place = figure.value.flatMap(feed.place)
        else { return false }
        let before = place.source.folded.folded(max(0, place.range.lowerBound - 18)..<place.range.lowerBound)
        return Self.isCompared(place)
            || ["previously", "prev.", "formerly", "earlier", "原为", "前值", "此前"].contains { word in
                before.range(ofWord: word).map { $0.count <= 5 && !$0.contains(".") } ?? false
            }
    }

    /// The metric that the model chose, or where that is no metric the known one before the value in its line.
    private func metric(_ figure: LedgerFigure, _ metrics: [LedgerEntity], _ anchor: LedgerFeed.Place) -> LedgerFeed.Place? {
        guard let range = figure.metric, let chosen = feed.place(of: range) else { return nil }
        let name = chosen.source.folded.original(chosen.range)
        guard !names.isKnown(name), let value = figure.value ?? figure.change else { return chosen }
        let end = metrics.partitioningIndex { $0.range.upperBound > value.lowerBound }
        let before = metrics[max(0, end - 8)..<end].last { entity in
            guard entity.range != range, let place = feed.place(of: entity.range) else { return false }
            return place.source.base == anchor.source.base && names.isKnown(place.source.folded.original(place.range))
        }
        // A name behind the value is the weaker one; one before it stands.
        guard range.lowerBound > value.lowerBound, let before else { return chosen }
        return feed.place(of: before.range)
    }

    /// For `2024-2026年` with three values: the year of each value.
    private func lists(_ figures: [LedgerFigure]) -> [Int: ReportPeriod] {
        var result: [Int: ReportPeriod] = [:]
        var start = 0
        while start < figures.count {
            var end = start + 1
            while end < figures.count, figures[end].period == figures[start].period, figures[end].metric == figures[start].metric
            { end += 1 }
            if let range = figures[start].period, let place = feed.place(of: range),
                let years = PeriodReader(context: context.document).list(FoldedText(place.source.folded.original(place.range))),
                years.count == end - start
            {
                for (offset, year) in years.enumerated() { result[start + offset] = year }
            }
            start = end
        }
        return result
    }

    private func draft(_ figure: LedgerFigure, _ metrics: [LedgerEntity], head: LedgerFeed.Place?, listPeriod: ReportPeriod?)
        -> FigureDraft?
    {
        let valuePlace = figure.value.flatMap(feed.place)
        let changePlace = figure.change.flatMap(feed.place)
        guard let anchor = valuePlace ?? changePlace, !anchor.source.isInTable else { return nil }
        // A name in another line was only the nearest; numbers of lists and ranges are no values.
        guard let metric = metric(figure, metrics, anchor), metric.source.base == anchor.source.base, !Self.isNumbering(anchor),
            !Self.isBetween(anchor), !Self.isTarget(anchor)
        else { return nil }
        var label = TextNames(names: names).whole(
            RowLabel.clean(metric.source.folded, metric.range),
            before: anchor.source.base == metric.source.base ? anchor.range : nil,
            in: metric.source.folded)
        let clause = valuePlace.flatMap { subject(of: $0, head: head, label) }
        if let clause { label = clause.range }
        guard !label.isEmpty else { return nil }
        var key: String?
        let isPartial = metric.range.lowerBound > anchor.range.upperBound
        var name = metric.source.folded.original(label).trimmedBlanks
        if let clause { name = clause.name }
        name = FoldedText(name).withoutNoise.map { $0.original(0..<$0.count) } ?? name
        if name == "股" || name.hasSuffix("每股") || name.hasSuffix("每") {
            let end = name.hasSuffix("每") ? label.upperBound + 1 : label.upperBound
            name = TextNames.perShare(min(end, metric.source.folded.count), in: metric.source.folded) ?? name
        }
        if let place = metric.source.provenance(label), place.confidence < NameRepair.doubtful,
            let meant = NameRepair(names: names).name(name)
        {
            name = meant
        }
        if let valuePlace, case .number(let number) = NumberReader().around(valuePlace.range, in: valuePlace.source.folded) {
            if TextAsides.isAside(number.range, in: valuePlace.source.folded) { return nil }
            // No share earns millions; the multiple that a target rests on, or that others have, is none of the company's.
            if names.measure(of: name) == .perShare, number.scale ?? 1 >= 1000 { return nil }
            if number.measure == .times, TextAsides.isJudgement(valuePlace.range, in: valuePlace.source.folded) { return nil }
            // `dividend of 3.4 pence per share`, `18.3x earnings`.
            let isOfShare = number.measure == .perShare || number.scale == 0.01 && names.isPaidPerShare(name)
            if isOfShare, names.measure(of: name) != .perShare, name.unicodeScalars.contains(where: \.isLatinLetter) {
                name += " per share"
            }
            if number.measure == .count, !names.isKnown(name), let word = Self.counted(number, in: valuePlace.source.folded) {
                name = word
            }
            // `inventory turnover improved to 60 days`.
            if number.measure == .physical("days"), ["turnover", "cycle"].contains(where: name.lowercased().hasSuffix) {
                name += " days"
            }
            let after = valuePlace.source.folded.afterBlanks(number.range.upperBound)
            if number.measure == .times, valuePlace.source.folded.after("ebitda", at: after) != nil { name += " to EBITDA" }
            if number.measure == .times, ["earnings", "盈利"].contains(name.lowercased()) {
                key = names.key(of: "earnings multiple")
            }
        }
        var draft = FigureDraft(
            name: name, key: key ?? names.key(of: name), provenance: [], nameProvenance: metric.source.provenance(label))
        draft.isPartial = isPartial
        let found = periods.period(figure.period.flatMap(feed.place), figure: anchor, name: name)
        (draft.period, draft.rawPeriod, draft.kind, draft.periodProvenance) = (
            listPeriod ?? found.period, found.raw, found.kind, found.provenance
        )
        if found.isInferred, listPeriod == nil {
            draft.flags.append("period_inferred")
            // `$16.1 million, compared with $5.8 million`.
            if Self.isCompared(anchor), let period = draft.period, !period.isDay { draft.period = period.before }
        }
        if let valuePlace, let period = draft.period, !period.isDay, Self.isBeginning(valuePlace) {
            draft.period = period.before
        }
        if draft.kind == nil, context.kind(of: draft.period) == .estimate { draft.kind = .estimate }
        // Without a time a name that is no common metric is mostly none.
        if draft.period == nil, !names.isKnown(name) { return nil }
        if let valuePlace, let value = value(valuePlace, name: name) {
            (draft.value, draft.halfUnit) = (value.amount, value.halfUnit)
            draft.provenance = [value.provenance]
            draft.flags += value.flags
            if draft.kind == nil || figure.kind == "consensus" { draft.kind = figure.kind.flatMap(ReportFigure.Kind.init) }
            lookAhead(&draft, valuePlace)
        } else if valuePlace != nil {
            return nil
        }
        if key == nil, let unit = draft.value?.unit, names.isContrary(unit, to: name) { return nil }
        if let changePlace, let change = self.change(changePlace, isRatio: draft.value?.unit == "percent") {
            (draft.change, draft.changeHalfUnit, draft.changeProvenance) = (change.amount, change.halfUnit, change.provenance)
            if draft.value == nil { draft.provenance = [change.provenance] }
        }
        return draft.provenance.isEmpty ? nil : draft
    }

    /// The subject of the value's own clause, where the model took less or something else for its name.
    private func subject(of value: LedgerFeed.Place, head: LedgerFeed.Place?, _ label: Range<Int>) -> ClauseName.Found? {
        let text = value.source.folded
        let clauses = ClauseName(names: names)
        guard let found = clauses.listed(before: value.range, in: text) ?? clauses.name(before: (head ?? value).range, in: text),
            found.range != label || found.name != text.original(label)
        else { return nil }
        if head != nil { return found }
        if found.range.lowerBound <= label.lowerBound, found.range.upperBound >= label.upperBound {
            return names.isKnown(found.name) || found.range.count <= 12 ? found : nil
        }
        return names.isKnown(found.name) || !names.isKnown(text.original(label)) ? found : nil
    }

    private func value(
        _ place: LedgerFeed.Place, name: String
    ) -> (amount: Amount, halfUnit: Double, provenance: Provenance, flags: [String])? {
        guard case .number(let number) = NumberReader().around(place.range, in: place.source.folded),
            let provenance = place.source.provenance(number.range)
        else { return nil }
        let chain = UnitChain(names: names, table: nil)
        var (amount, halfUnit) = chain.amount(number, name: name, label: nil, column: nil)
        // A bare number of running text is a ratio or counts something.
        if amount.unit == nil, !names.isFlow(name) {
            amount.unit = (name.lowercased().hasSuffix("ratio") ? Measure.times : .count).unit(currency: nil)
        }
        return (amount, halfUnit, provenance, number.isCorrected ? ["corrected"] : [])
    }

    private func change(_ place: LedgerFeed.Place, isRatio: Bool) -> (amount: Amount, halfUnit: Double, provenance: Provenance)? {
        guard case .number(var number) = NumberReader().around(place.range, in: place.source.folded),
            let provenance = place.source.provenance(number.range), !Self.isShare(number.range, in: place.source.folded)
        else { return nil }
        if !number.isSigned, Direction.isDown(number.range, in: place.source.folded) == true {
            number.mantissa = -number.mantissa
        }
        var (amount, halfUnit) = UnitChain.change(number, label: nil, column: nil)
        // `提升1.6pct` of a margin are points.
        if amount.unit == "percent", isRatio, provenance.raw.lowercased().contains("pct") { amount.unit = "percentage_points" }
        return (amount, halfUnit, provenance)
    }

    /// `37.7 % of net sales`, `较上年同期的61.0%`: a share or another value, no change.
    private static func isShare(_ range: Range<Int>, in text: FoldedText) -> Bool {
        let after = text.afterBlanks(range.upperBound)
        return text.after("of", at: after) != nil || text[range.lowerBound - 1] == "的"
    }

    /// `由30%提高到35%`: what it rises from is that of the year before.
    private static func isBeginning(_ place: LedgerFeed.Place) -> Bool {
        let text = place.source.folded
        guard ["由", "从"].contains(text[place.range.lowerBound - 1]) else { return false }
        let after = text.folded(place.range.upperBound..<min(text.count, place.range.upperBound + 14))
        return after.contains("到") || after.contains("至")
    }

    private static func isCompared(_ place: LedgerFeed.Place) -> Bool {
        let text = place.source.folded
        var start = place.range.lowerBound
        // Past the currency.
        while start > 0, let scalar = text[start - 1], scalar != " ", !scalar.isHan, place.range.lowerBound - start < 6 {
            start -= 1
        }
        let before = text.folded(max(0, start - 18)..<start)
        return ["compared with ", "compared to ", "versus ", "vs ", "vs. ", "against ", "from ", "上年同期为", "去年同期为"].contains {
            before.hasSuffix($0)
        }
    }

    /// `2. Sales by division`: the number of a heading.
    private static func isNumbering(_ place: LedgerFeed.Place) -> Bool {
        place.range.lowerBound == place.source.folded.trimmed.lowerBound
            && [".", ")"].contains(place.source.folded[place.range.upperBound])
    }

    /// What a report on a quarter expects without naming a time is for the year.
    private func lookAhead(_ draft: inout FigureDraft, _ place: LedgerFeed.Place) {
        guard draft.kind == .estimate, draft.flags.contains("period_inferred"), let current = context.document.current,
            draft.period == current, TextAsides.looksAhead(place.range, in: place.source.folded)
        else { return }
        let year = current.span == .year ? max(current.year, context.document.year ?? current.year) : current.year
        draft.period = ReportPeriod(year: year, span: .year)
    }

    /// `our price target to $58 from $52`: prices are fields.
    private static func isTarget(_ place: LedgerFeed.Place) -> Bool {
        let before = place.source.folded.folded(max(0, place.range.lowerBound - 28)..<place.range.lowerBound)
        return ["price target", "target price", "目标价"].contains {
            before.range(ofWord: $0).map { !$0.contains(".") && !$0.contains("。") } ?? false
        }
    }

    /// `between €320 million and €335 million`.
    private static func isBetween(_ place: LedgerFeed.Place) -> Bool {
        let before = place.source.folded.folded(max(0, place.range.lowerBound - 32)..<place.range.lowerBound)
        guard let word = before.range(ofWord: "between") else { return false }
        return !word.contains(". ") && word.count <= 24
    }

    /// What a number counts, as it stands behind it: `stores` of `212 stores`.
    private static func counted(_ number: NumberReading, in text: FoldedText) -> String? {
        let words = text.folded(number.digits.upperBound..<number.range.upperBound).trimmedBlanks
        return ["stores", "employees", "customers", "outlets", "hotels", "rooms", "users", "vehicles"].contains(words)
            ? words : nil
    }
}

extension String {
    /// What follows the last place of a word; nil where it does not stand.
    fileprivate func range(ofWord word: String) -> String? {
        let (text, word) = (Array(self), Array(word))
        guard text.count >= word.count else { return nil }
        for start in stride(from: text.count - word.count, through: 0, by: -1)
        where Array(text[start..<start + word.count]) == word {
            return String(text[(start + word.count)...])
        }
        return nil
    }
}

extension Array {
    /// The first index of a sorted array from which on a condition holds.
    fileprivate func partitioningIndex(_ holds: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
