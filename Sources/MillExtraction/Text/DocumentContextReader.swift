import MillDocument

/// Finds out when a report appeared, what period it reports on and when that ends, from its titles and first lines.
struct DocumentContextReader {
    let source: DocumentSource

    private static let lineLimit = 40
    /// How far from the word that announces results their period stands, in code points.
    private static let nearby = 90

    func context() -> TableContext {
        var context = TableContext()
        let heads = heads()
        for head in heads where head.text.folded.count <= 160 {
            guard let found = DateReader().first(in: head.text.folded), !isEnd(found.range, head.text.folded) else { continue }
            context.reportDate = found.date
            break
        }
        readCurrent(heads, &context)
        context.document.year = context.reportDate?.year ?? context.document.current?.year
        return context
    }

    private struct Head {
        let text: SourceText
        let isHeading: Bool
    }

    /// Headings before paragraphs, each in the order of the document.
    private func heads() -> [Head] {
        var heads: [Head] = []
        for (index, item) in source.document.items.enumerated() where item.table == nil && (item.places.first?.page ?? 1) == 1 {
            let isHeading = item.kind == .title || item.kind.isHeading || item.kind == .pageHeader
            heads.append(Head(text: source.source(ofItem: index), isHeading: isHeading))
            if heads.count >= Self.lineLimit { break }
        }
        return heads
    }

    private static let announcements = WordTable<Bool>(
        lines: """
            yes: results, result update, quarterly result, reports, announces, announced, announce, half-year report, half year report, preliminary report, preliminary announcement, report for, report on, financial report, accounts, financial statements, financial results, earnings release, update for, review of the year, interim report, interim results, annual report, quarterly report, quarterly statement, \
            trading update, interim statement, statement, 业绩, 业绩快报, 公告, 财务报告, 财务报表, 年度报告, 半年度报告, 季度报告, 中期报告, 年报, 半年报, 季报
            """
    ) { _ in true }

    /// The period of the first line that announces results.
    private func readCurrent(_ heads: [Head], _ context: inout TableContext) {
        var ends: [(date: CalendarDate, text: SourceText)] = []
        for head in heads {
            let text = head.text.folded
            for (date, range) in dates(text) where isEnd(range, text) { ends.append((date, head.text)) }
        }
        let ordered = heads.filter(\.isHeading) + heads.filter { !$0.isHeading && $0.text.folded.count <= 900 }
        for head in ordered {
            let text = head.text.folded
            let announced = Self.announcements.all(in: text, 0..<text.count)
            guard !announced.isEmpty, let reading = PeriodReader().read(text), !reading.period.isDay,
                announced.contains(where: { Self.gap($0.range, reading.range) <= Self.nearby })
            else { continue }
            // A report speaks of the year before it appears, not of one long ago.
            if let year = context.reportDate?.year, !(year - 2...year + 1).contains(reading.period.year) { continue }
            if case .month = reading.period.span { continue }
            context.document.current = reading.period
            context.currentProvenance = head.text.provenance(reading.range)
            break
        }
        guard let current = context.document.current else { return }
        let end = ends.map(\.date).filter { $0.year == current.year || $0.year == current.year + 1 }.max()
        if let end {
            context.currentEnd = end
            if case .quarter(let quarter) = current.span { context.document.monthShift = Self.wrapped(quarter * 3 - end.month) }
        } else {
            let month = current.end - current.year * 12
            context.currentEnd = CalendarDate(
                year: current.year, month: month, day: CalendarDate.dayCount(year: current.year, month: month))
        }
    }

    private static func gap(_ first: Range<Int>, _ second: Range<Int>) -> Int {
        max(0, second.lowerBound - first.upperBound, first.lowerBound - second.upperBound)
    }

    private static func wrapped(_ shift: Int) -> Int { shift > 6 ? shift - 12 : shift < -6 ? shift + 12 : shift }

    private func dates(_ text: FoldedText) -> [(CalendarDate, Range<Int>)] {
        var found: [(CalendarDate, Range<Int>)] = []
        var place = 0
        while place < min(text.count, 1500) {
            if text[place - 1]?.isASCIIDigit != true, text[place - 1]?.isLatinLetter != true,
                let date = DateReader().date(at: place, in: text)
            {
                found.append((date.date, place..<date.end))
                place = date.end
            } else {
                place += 1
            }
        }
        return found
    }

    private func isEnd(_ range: Range<Int>, _ text: FoldedText) -> Bool {
        let before = text.folded(max(0, range.lowerBound - 10)..<range.lowerBound)
        return ["ended ", "ending ", "ended on ", "截至", "year to ", "months to "].contains { before.hasSuffix($0) }
            || text.has("止", at: range.upperBound)
    }
}
