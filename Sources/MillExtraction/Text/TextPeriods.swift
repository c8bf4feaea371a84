/// Finds the period of a figure in running text from the words that the model chose, and corrects what it cannot know.
struct TextPeriods {
    let context: TableContext
    let names: MetricNames
    private let reader: PeriodReader

    init(context: TableContext, names: MetricNames) {
        self.context = context
        self.names = names
        reader = PeriodReader(context: context.document)
    }

    struct Result {
        var period: ReportPeriod?
        var raw: String?
        var kind: ReportFigure.Kind?
        var provenance: Provenance?
        var isInferred = false
    }

    /// - Parameters:
    ///   - chosen: where the model found the period, nil for none.
    ///   - figure: where the value or change stands.
    func period(_ chosen: LedgerFeed.Place?, figure: LedgerFeed.Place, name: String) -> Result {
        let text = figure.source.folded
        let own = Self.brackets(around: figure.range, in: text)
        // `(2024: 27.9 %)`: the period right before a value in its brackets is its own.
        if let own,
            let part = reader.parts(text, in: own).last(where: {
                own.contains($0.range.lowerBound) && $0.range.upperBound <= figure.range.lowerBound
            })
        {
            return result([part], figure.source, isComparative: true)
        }
        // Of another sentence than the figure's, the model's period is only the nearest where the sentence has its own.
        if let chosen, chosen.source.base == figure.source.base,
            chosen.range.upperBound <= sentence(of: figure.range, text).lowerBound,
            let own = sentencePeriod(figure.range, text), case let found = result(own, figure.source, isComparative: false),
            found.period != nil
        {
            return onDay(found, name)
        }
        if let chosen, chosen.source.base == figure.source.base {
            let parts = parts(at: chosen.range, in: text)
            let brackets = parts.first.flatMap { Self.brackets(around: $0.range, in: text) }
            let isOwn = brackets == nil && !isCompared(parts, figure.range, text) || brackets != nil && brackets == own
            if !parts.isEmpty, isOwn, !isElsewhere(parts, figure.range, text), !isLeftBehind(chosen.range, figure.range, text) {
                let found = result(parts, figure.source, isComparative: false)
                if found.period != nil { return onDay(found, name) }
            } else if parts.isEmpty, context.document.current == nil,
                text.scalars[chosen.range].contains(where: \.isASCIIDigit)
            {
                let words = text.original(chosen.range).trimmedBlanks
                return Result(period: nil, raw: words, provenance: chosen.source.provenance(chosen.range))
            }
        }
        // The only period of its sentence is that of the figure, whether the model chose it or not.
        if let own = sentencePeriod(figure.range, text) {
            let found = result(own, figure.source, isComparative: false)
            if found.period != nil { return onDay(found, name) }
        }
        // The words of another item, or of a comparison, say nothing about this figure; the document's own period does.
        if let section = figure.section, figure.range.lowerBound >= 0, let reading = PeriodReader().read(section.folded),
            !reading.period.isDay, section.folded.count <= 60
        {
            return onDay(
                Result(period: reading.period, kind: reading.kind, provenance: section.provenance(reading.range)), name)
        }
        if let current = context.document.current {
            return onDay(Result(period: current, provenance: context.currentProvenance, isInferred: true), name)
        }
        guard let chosen, chosen.source.base != figure.source.base else { return Result() }
        let parts = parts(at: chosen.range, in: chosen.source.folded)
        return result(parts, chosen.source, isComparative: false)
    }

    /// The parts of the only period in a figure's sentence that stands outside of brackets and is not what it is compared with.
    private func sentencePeriod(_ figure: Range<Int>, _ text: FoldedText) -> [PeriodScan.Part]? {
        let parts = reader.parts(text, in: sentence(of: figure, text)).filter { part in
            !part.range.overlaps(figure) && Self.brackets(around: part.range, in: text) == nil
                && (part.year != nil || part.relation != nil)
        }
        guard parts.count == 1, let range = parts.first?.range, !isCompared(parts, figure, text) else { return nil }
        if let relation = parts[0].relation, [.yearBefore, .spanBefore, .lastYear].contains(relation) { return nil }
        if isElsewhere(parts, figure, text) { return nil }
        // What follows further off belongs to another value.
        let between = text.scalars[min(figure.upperBound, range.lowerBound)..<max(figure.upperBound, range.lowerBound)]
        guard range.lowerBound < figure.lowerBound || between.count <= 24 && !between.contains(where: \.isASCIIDigit) else {
            return nil
        }
        return parts
    }

    /// `fell to £64.2 million from £71.8 million at the year end`: the day is that of the value right before it.
    private func isElsewhere(_ parts: [PeriodScan.Part], _ figure: Range<Int>, _ text: FoldedText) -> Bool {
        guard let part = parts.first, part.relation == .opening || part.relation == .yearEnd,
            part.range.lowerBound >= figure.upperBound
        else { return false }
        let between = text.scalars[figure.upperBound..<part.range.lowerBound]
        return between.count > 24 || between.contains(where: \.isASCIIDigit)
    }

    /// `Revenue was 1,234 million, up from 1,153 million in Q3 2024. Profit was 210 million`: what an earlier sentence compared with
    /// is over with it, if the document has a period of its own.
    private func isLeftBehind(_ period: Range<Int>, _ figure: Range<Int>, _ text: FoldedText) -> Bool {
        guard context.document.current != nil, period.upperBound <= sentence(of: figure, text).lowerBound else { return false }
        let start = max(sentence(of: period, text).lowerBound, period.lowerBound - 48)
        let before = " " + text.folded(start..<period.lowerBound)
        return Self.comparisons.contains { word in
            guard let found = before.ranges(of: word).last, !["同", "环"].contains(before[..<found.lowerBound].last) else {
                return false
            }
            let compared = before[found.upperBound...]
            // `from 200 to 240 in Q3 2025` has arrived at the period, and a comma ends what is compared.
            guard !compared.contains(" to "), !compared.contains(", "), !compared.contains("，") else { return false }
            return compared.unicodeScalars.contains(where: \.isASCIIDigit)
        }
    }

    private static let comparisons = [
        " from ", " compared with ", " compared to ", " versus ", " vs ", " vs. ", " against ", " than ", "较", "比",
    ]

    /// What stands around a figure up to the ends of its sentence, 200 code points on each side at most.
    private func sentence(of figure: Range<Int>, _ text: FoldedText) -> Range<Int> {
        var start = figure.lowerBound
        while start > 0, figure.lowerBound - start < 200, !isEnd(start - 1, text) { start -= 1 }
        var end = figure.upperBound
        while end < text.count, end - figure.upperBound < 200, !isEnd(end, text) { end += 1 }
        return start..<end
    }

    private func isEnd(_ place: Int, _ text: FoldedText) -> Bool {
        guard let scalar = text[place] else { return true }
        if ["。", ";", "!", "?", "\n"].contains(scalar) { return true }
        return scalar == "." && (text[place + 1] == " " || text[place + 1] == nil)
    }

    /// The parts of periods that a range touches; the model may have left out how they begin or end.
    private func parts(at range: Range<Int>, in text: FoldedText) -> [PeriodScan.Part] {
        reader.parts(text, in: max(0, range.lowerBound - 60)..<min(text.count, range.upperBound + 1))
            .filter { $0.range.overlaps(range) }
    }

    /// `较2024年全年`, `compared with 2024` behind the value: the time of what it is compared with.
    private func isCompared(_ parts: [PeriodScan.Part], _ figure: Range<Int>, _ text: FoldedText) -> Bool {
        guard let first = parts.first, first.range.lowerBound >= figure.upperBound else { return false }
        let before = " " + text.folded(max(0, first.range.lowerBound - 20)..<first.range.lowerBound)
        return (Self.comparisons + [" than in ", " over ", " on "])
            .contains { before.hasSuffix($0) || before.hasSuffix($0 + "the ") }
    }

    private func result(_ parts: [PeriodScan.Part], _ source: SourceText, isComparative: Bool) -> Result {
        guard let first = parts.first, let reading = reader.period(of: parts) else { return Result() }
        var period = reading.period
        // `(2024: …)` in a report on a half year compares with the half year.
        if isComparative || !first.isPlain, isComparative, first.span == nil || first.span == .year,
            let current = context.document.current, !current.isDay
        {
            period = ReportPeriod(year: period.year, span: current.span)
        }
        return Result(period: period, kind: reading.kind, provenance: source.provenance(reading.range))
    }

    /// Debt, cash and the like are measured at the end of the document's period.
    private func onDay(_ result: Result, _ name: String) -> Result {
        if let period = result.period, case .day(12, 31) = period.span, names.isFlow(name) {
            var result = result
            result.period = ReportPeriod(year: period.year, span: .year)
            return result
        }
        // A flow of the document's period, though the sentence begins with the day on which that ends.
        if let period = result.period, let end = context.currentEnd, let current = context.document.current,
            period == ReportPeriod(year: end.year, span: .day(month: end.month, day: end.day)), names.isOverTime(name)
        {
            var result = result
            result.period = current
            return result
        }
        guard let period = result.period, period == context.document.current, let end = context.currentEnd, names.isStock(name)
        else { return result }
        var result = result
        result.period = ReportPeriod(year: end.year, span: .day(month: end.month, day: end.day))
        return result
    }

    /// The brackets that a range stands in.
    private static func brackets(around range: Range<Int>, in text: FoldedText) -> Range<Int>? {
        var start = range.lowerBound
        while start > 0, range.lowerBound - start < 80, text[start - 1] != "(", text[start - 1] != ")" { start -= 1 }
        guard text[start - 1] == "(" else { return nil }
        var end = range.upperBound
        while end < text.count, end - range.upperBound < 80, text[end] != ")" { end += 1 }
        return text[end] == ")" ? start..<end : nil
    }
}
