import MillModels

/// Turns the model's figures of running text into normalised ones.
struct TextFigureReader {
    let feed: LedgerFeed
    let context: TableContext
    let names: MetricNames
    /// Whether figures of pipe rows are read elsewhere.
    private let periods: PeriodReader

    init(feed: LedgerFeed, context: TableContext, names: MetricNames) {
        self.feed = feed
        self.context = context
        self.names = names
        periods = PeriodReader(context: context.document)
    }

    func figures(_ figures: [LedgerFigure]) -> [FigureDraft] {
        let lists = lists(figures)
        return figures.enumerated().compactMap { index, figure in draft(figure, listPeriod: lists[index]) }
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
                let years = periods.list(FoldedText(place.source.folded.original(place.range))), years.count == end - start
            {
                for (offset, year) in years.enumerated() { result[start + offset] = year }
            }
            start = end
        }
        return result
    }

    private func draft(_ figure: LedgerFigure, listPeriod: ReportPeriod?) -> FigureDraft? {
        guard let metricRange = figure.metric, let metric = feed.place(of: metricRange) else { return nil }
        let valuePlace = figure.value.flatMap(feed.place)
        let changePlace = figure.change.flatMap(feed.place)
        guard let anchor = valuePlace ?? changePlace, !anchor.source.isInTable else { return nil }
        let label = RowLabel.clean(metric.source.folded, metric.range)
        guard !label.isEmpty else { return nil }
        let name = metric.source.folded.original(label).trimmedBlanks
        var draft = FigureDraft(
            name: name, key: names.key(of: name), provenance: [], nameProvenance: metric.source.provenance(label))
        readPeriod(figure, listPeriod, &draft)
        if let valuePlace, let value = value(valuePlace, name: name) {
            (draft.value, draft.halfUnit) = (value.amount, value.halfUnit)
            draft.provenance = [value.provenance]
            draft.flags += value.flags
            if draft.kind == nil || figure.kind == "consensus" { draft.kind = figure.kind.flatMap(ReportFigure.Kind.init) }
        } else if valuePlace != nil {
            return nil
        }
        if let changePlace, let change = self.change(changePlace) {
            (draft.change, draft.changeHalfUnit, draft.changeProvenance) = (change.amount, change.halfUnit, change.provenance)
            if draft.value == nil { draft.provenance = [change.provenance] }
        }
        return draft.provenance.isEmpty ? nil : draft
    }

    private func readPeriod(_ figure: LedgerFigure, _ listPeriod: ReportPeriod?, _ draft: inout FigureDraft) {
        if let range = figure.period, let place = feed.place(of: range) {
            let words = FoldedText(place.source.folded.original(place.range))
            let reading = periods.read(words)
            draft.period = listPeriod ?? reading?.period
            draft.kind = reading?.kind
            draft.periodProvenance = place.source.provenance(place.range)
            if draft.period == nil { draft.rawPeriod = words.original(words.trimmed).trimmedBlanks }
        } else if let current = context.document.current {
            draft.period = current
            draft.flags.append("period_inferred")
        }
        if draft.kind == nil, context.kind(of: draft.period) == .estimate { draft.kind = .estimate }
    }

    private func value(
        _ place: LedgerFeed.Place, name: String
    ) -> (amount: Amount, halfUnit: Double, provenance: Provenance, flags: [String])? {
        guard case .number(let number) = NumberReader().around(place.range, in: place.source.folded),
            let provenance = place.source.provenance(number.range)
        else { return nil }
        let chain = UnitChain(names: names, table: nil)
        let (amount, halfUnit) = chain.amount(number, name: name, label: nil, column: nil)
        return (amount, halfUnit, provenance, number.isCorrected ? ["corrected"] : [])
    }

    private func change(_ place: LedgerFeed.Place) -> (amount: Amount, halfUnit: Double, provenance: Provenance)? {
        guard case .number(var number) = NumberReader().around(place.range, in: place.source.folded),
            let provenance = place.source.provenance(number.range)
        else { return nil }
        if !number.isSigned, Direction.isDown(number.range, in: place.source.folded) == true {
            number.mantissa = -number.mantissa
        }
        let (amount, halfUnit) = UnitChain.change(number, label: nil, column: nil)
        return (amount, halfUnit, provenance)
    }
}
