import MillDocument

/// All tables of a document, and the text that is left for the model.
struct DocumentTables {
    private struct Table {
        let item: Int
        let grid: TableGrid
        let table: DocumentTable
        let page: Int
    }

    private let source: DocumentSource
    private let tables: [Int: Table]
    /// As the record has them.
    let all: [ReportTable]

    init(_ source: DocumentSource) {
        self.source = source
        var tables: [Int: Table] = [:]
        var all: [ReportTable] = []
        for (index, item) in source.document.items.enumerated() {
            guard let table = item.table else { continue }
            all.append(ReportTable(places: item.places, caption: table.caption?.text, grid: table))
            let cells = source.cells(ofItem: index, table)
            guard var grid = TableGrid(table, cells) else { continue }
            if !grid.hasPeriods, let grown = TableSurroundings(source: source, item: index).withHeader(table, cells),
                let better = TableGrid(grown.table, grown.sources)
            {
                grid = better
            }
            tables[index] = Table(item: index, grid: grid, table: table, page: item.places.first?.page ?? 1)
        }
        self.tables = tables
        self.all = all
    }

    // MARK: Sections that speak of no company

    private static let asides = WordTable<Bool>(
        lines: """
            yes: important disclosures, disclosures, disclosure, disclaimer, analyst certification, rating scale, rating definitions, rating system, rating history, history of our view, \
            recommendation history, definitions of ratings, explanation of ratings, 免责条款, 免责声明, 评级说明, 评级体系, 法律声明, 重要声明, 分析师声明, 分析师承诺, 投资评级说明, 历史评级
            """
    ) { _ in true }

    /// The items that only explain ratings or disclaim.
    private func asides() -> Set<Int> {
        var result: Set<Int> = []
        var isAside = false
        for (index, item) in source.document.items.enumerated() {
            if item.kind == .title || item.kind.isHeading || item.kind == .caption {
                let text = FoldedText(item.text.text)
                isAside = text.count <= 60 && Self.asides.match(text, at: text.trimmed.lowerBound) != nil
            }
            if isAside { result.insert(index) }
        }
        return result
    }

    // MARK: Text for the model

    /// Headings, paragraphs and lists in reading order; lists of names and values as rows with `|`.
    func feed() -> LedgerFeed {
        var feed = LedgerFeed()
        var seen: Set<String> = []
        let asides = asides()
        for (index, item) in source.document.items.enumerated() where !asides.contains(index) {
            let page = item.places.first?.page ?? 1
            switch item.kind {
            case .picture: continue
            case .pageHeader, .pageFooter:
                // Running text once.
                guard seen.insert(item.text.text).inserted, item.kind == .pageHeader, page == 1 else { continue }
                feed.addLine(source.source(ofItem: index), page: page, isHeading: false, isFurniture: true)
            case .table:
                guard let table = tables[index], isNarrow(table.grid) else { continue }
                for row in 0..<table.grid.rowCount { feed.addRow(table.grid.row(row).map(\.source), page: page) }
            default:
                feed.addLine(source.source(ofItem: index), page: page, isHeading: item.kind == .title || item.kind.isHeading)
            }
        }
        return feed
    }

    private func isNarrow(_ grid: TableGrid) -> Bool { grid.columnCount <= 2 && grid.rowCount <= 60 }

    // MARK: Reading

    func read(
        _ context: TableContext, names: MetricNames, values: FieldValueReader
    ) -> (fields: [FieldCandidate], figures: [FigureDraft], findings: [ReportFinding]) {
        var fields: [FieldCandidate] = []
        var figures: [FigureDraft] = []
        var findings: [ReportFinding] = []
        let asides = asides()
        var unit: UnitReading?
        var document = context
        document.currency = currency()
        document.yearEnd = yearEnd()
        for (_, table) in tables.sorted(by: { $0.key < $1.key }) where !asides.contains(table.item) {
            let context = self.context(of: table, document, unit)
            if table.page == 1 {
                let reader = LineFieldReader(values: values)
                for row in 0..<min(table.grid.rowCount, 8) {
                    let blocks = table.grid.row(row).map(\.source)
                    if blocks.contains(where: \.hasLines) { fields += reader.candidates(blocks) }
                    fields += KeyValueReader.marked(table.grid.row(row), values: values)
                }
            }
            fields += RevisionReader(grid: table.grid, values: values).fields(page: table.page)
            if let invoice = InvoiceTableReader(grid: table.grid, values: values, unit: context.unit).fields() {
                fields += invoice
                continue
            }
            let keyValue = KeyValueReader(grid: table.grid, context: context, names: names, values: values)
            let figureReader = FigureTableReader(grid: table.grid, context: context, names: names)
            if let strip = keyValue.strip() {
                let found = keyValue.read(strip, page: table.page)
                fields += found.fields
                figures += found.figures
                continue
            }
            if isOfOthers(table, names) { continue }
            // A date among fields (`Price as of`) is no header.
            let read = keyValue.isListOfFields ? [] : figureReader.figures()
            if !read.isEmpty {
                findings += SumChecks().findings(read)
                figures += read
                if let stated = figureReader.context.unit, stated.currency != nil { unit = stated }
            } else if let pairs = keyValue.pairs() {
                let found = keyValue.read(keyValue.cells(pairs), page: table.page)
                fields += found.fields
                figures += found.figures
            }
        }
        return (fields, figures, findings)
    }

    private static let others = WordTable<Bool>(
        lines: """
            yes: peer, peers, peer group, peer comparison, peer valuation, comparable companies, comparables, comps, trading multiples, \
            可比公司, 可比公司估值, 同业, 同业比较, 同行业, 同行业公司, 可比上市公司
            """
    ) { _ in true }

    /// Whether its rows are other companies, which the caption says that this one is compared with.
    private func isOfOthers(_ table: Table, _ names: MetricNames) -> Bool {
        var titles = [table.table.caption.map { FoldedText($0.text) }].compactMap(\.self)
        for (_, text) in TableSurroundings(source: source, item: table.item).above().prefix(1) where !text.isSentence {
            titles.append(text.folded)
        }
        guard titles.contains(where: { !Self.others.all(in: $0, 0..<min($0.count, 120)).isEmpty }) else { return false }
        let labels = (0..<table.grid.rowCount).compactMap { table.grid[$0, 0] }.filter { !$0.isEmpty && !$0.isValue }
        return labels.count { names.isKnown($0.text) } * 2 < labels.count
    }

    /// Where the first table or line that tells has the end of fiscal years.
    private func yearEnd() -> ClosingDay? {
        for (index, item) in source.document.items.enumerated().prefix(400) {
            if let cells = item.table?.cells.prefix(12) {
                if let end = cells.lazy.compactMap({ ClosingDay.yearEnd(FoldedText($0.text.text)) }).first { return end }
            } else if item.text.count <= 400, let end = ClosingDay.yearEnd(source.source(ofItem: index).folded) {
                return end
            }
        }
        return nil
    }

    /// The currency that stands beside nearly all amounts of the text; nil where several do.
    private func currency() -> String? {
        var counts: [String: Int] = [:]
        for index in source.document.items.indices.prefix(400) {
            let text = FoldedText(source.document.items[index].text.text)
            for match in UnitWords.currencies.all(in: text, 0..<min(text.count, 4000))
            where text[match.range.upperBound]?.isASCIIDigit == true || text[match.range.lowerBound - 1]?.isASCIIDigit == true
                || text[match.range.upperBound] == " " && text[match.range.upperBound + 1]?.isASCIIDigit == true
                    && text[match.range.upperBound - 1]?.isLatinLetter != true
                || ["万", "亿", "m", "n"].contains(text[match.range.lowerBound - 1])
            {
                counts[match.meaning, default: 0] += 1
            }
        }
        let all = counts.values.reduce(0, +)
        guard let most = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), most.value * 10 >= all * 9 else {
            return nil
        }
        return most.key
    }

    /// The caption, the lines above and the heading that a table stands under.
    private func context(of table: Table, _ document: TableContext, _ before: UnitReading?) -> TableContext {
        var context = document
        var texts: [SourceText] = []
        if let caption = table.table.caption {
            texts.append(SourceText(caption, base: source.starts[table.item], isInTable: true, inkPages: source.inkPages))
        }
        let above = TableSurroundings(source: source, item: table.item).above()
        texts += above.map(\.text)
        // The reading order tells what geometry does not: a heading further up.
        var index = table.item - 1
        while index >= 0, table.item - index <= 4 {
            let item = source.document.items[index]
            if item.kind == .table { break }
            let text = source.source(ofItem: index)
            let isKnown = above.contains { $0.item == index }
            if !isKnown, text.folded.count <= 160, item.kind != .pageHeader, item.kind != .pageFooter { texts.append(text) }
            if item.kind.isHeading { break }
            index -= 1
        }
        let periods = PeriodReader(context: document.document)
        for text in texts {
            context.unit = context.unit ?? UnitReader().caption(text.folded, isRunning: text.folded.count > 40 && !text.isInTable)
            // Sentences beside a table speak of many times.
            if !text.isInTable, text.isSentence {
                if context.period == nil, let told = self.announced(text, periods) {
                    (context.period, context.periodProvenance, context.isPeriodOwn) = (told, text.provenance(told.range), true)
                }
                continue
            }
            if ClosingDay.isBalance(text.folded) { context.isBalance = true }
            if context.closing == nil { context.closing = ClosingDay.closing(text.folded) }
            if context.span == nil {
                context.span =
                    periods.parts(text.folded).compactMap { part in
                        part.span.flatMap { Self.isLength($0, part, text.folded) ? $0 : nil }
                    }.first
            }
            if context.period == nil, let period = periods.read(text.folded) {
                context.period = period
                context.periodProvenance = text.provenance(period.range)
                context.isPeriodOwn = text.isInTable
            }
        }
        for text in texts where context.unit == nil && text.folded.count <= 60 {
            if let unit = UnitReader().label(text.folded).unit, unit.measure == .percent,
                text.folded[unit.range.lowerBound - 1]?.isASCIIDigit != true
            {
                context.unit = unit
            }
        }
        if context.unit == nil, let before, before.currency != nil {
            context.unit = before
            context.isUnitInherited = true
        }
        return context
    }

    /// The day that a sentence names which announces the table: `报告期末前五名股东情况如下：`.
    private func announced(_ text: SourceText, _ periods: PeriodReader) -> PeriodReading? {
        let all = text.folded.trimmed
        guard text.folded[all.upperBound - 1] == ":", let period = periods.read(text.folded), period.period.isDay else {
            return nil
        }
        return period
    }

    /// A length of time (`26 weeks ended`, `六个月`), not a year or day alone.
    private static func isLength(_ span: ReportPeriod.Span, _ part: PeriodScan.Part, _ text: FoldedText) -> Bool {
        switch span {
        case .half, .quarter, .months: true
        case .year: ["ended", "ending", "止", "year to"].contains { text.folded(part.range).contains($0) }
        case .day, .month: false
        }
    }
}

extension ReportPeriod {
    var isDay: Bool { if case .day = span { true } else { false } }
}
