import MillDocument
import MillModels

/// Reads the fields and figures of a report: tables by rules, text by the ledger model, each value with the place that it was read
/// from.
///
/// ```swift
/// let reader = ReportReader(ledger: ledger)
/// let record = try reader.read(document, file: "a.pdf", sha256: hash)
/// ```
public struct ReportReader: Sendable {
    public struct Options: Sendable, Hashable {
        /// Values whose words were recognised with less are flagged, 0 to 1.
        public var lowConfidence = 0.6
        /// The longest text that is read, in code points.
        public var textLimit = 8 << 20
        /// How much of it the model reads, in code points; tables are read by rules, wherever they stand.
        public var modelLimit = 2 << 20

        public init() {}
    }

    private let ledger: LedgerModel
    private let options: Options

    public init(ledger: LedgerModel, options: Options = Options()) {
        self.ledger = ledger
        self.options = options
    }

    /// The same reader with other options.
    public func with(_ options: Options) -> ReportReader { ReportReader(ledger: ledger, options: options) }

    /// Reads one document. Blocks until it is done.
    ///
    /// - Parameters:
    ///   - file: the path below the folder of documents.
    ///   - sha256: of the file, in hexadecimal digits.
    public func read(_ document: StructuredDocument, file: String, sha256: String) throws(ExtractionError) -> ReportRecord {
        let source = DocumentSource(document)
        guard source.count <= options.textLimit else { throw .tooLong(count: source.count, limit: options.textLimit) }
        let tables = DocumentTables(source)
        let feed = tables.feed()
        let reading: LedgerReading
        let isCut = feed.count > options.modelLimit
        let text = isCut ? String(feed.text.unicodeScalars.prefix(options.modelLimit)) : feed.text
        do { reading = try ledger.read(text) } catch { throw .model(reason: "\(error)") }
        var record = record(source, tables, feed, reading, file: file, sha256: sha256)
        if isCut {
            record.status = .partial
            let reason = "of its text the first \(options.modelLimit) characters were read, and all tables"
            record.reason = [reason, record.reason].compactMap(\.self).joined(separator: "; ")
        }
        return record
    }

    private func record(
        _ source: DocumentSource, _ tables: DocumentTables, _ feed: LedgerFeed, _ reading: LedgerReading, file: String,
        sha256: String
    ) -> ReportRecord {
        let names = MetricNames()
        var context = DocumentContextReader(source: source).context()
        let values = FieldValueReader(context: context.document)
        var candidates = HeadFieldReader(source: source, values: values).candidates()
        candidates += EntityFieldReader(feed: feed, values: values).candidates(reading.entities)
        let read = tables.read(context, names: names, values: values)
        candidates += read.fields
        let sort = DocumentSort(
            candidates,
            titles: source.document.items.filter { ($0.kind == .title || $0.kind.isHeading) && $0.places.first?.page ?? 1 == 1 }
                .map { FoldedText($0.text.text) })
        sort.settle(&candidates)
        candidates.removeAll { !sort.allows($0.name) }
        var (fields, findings) = FieldChooser().fields(candidates)
        for case (.date(let iso), "report_date") in fields.map({ ($0.content, $0.name) }) where context.reportDate == nil {
            context.reportDate = DateReader().first(in: iso)
            context.document.year = context.reportDate?.year ?? context.document.year
        }
        var drafts = read.figures
        SnapshotPeriods(fields: fields, context: context, names: names).fill(&drafts)
        let prices = fields.flatMap { field -> [Range<Int>] in
            guard case .amount = field.content else { return [] }
            return field.provenance.map(\.range)
        }
        drafts += TextFigureReader(feed: feed, context: context, names: names).figures(reading).filter { draft in
            // A target price is no figure.
            !draft.provenance.contains { place in prices.contains { $0.overlaps(place.range) } }
        }
        var (figures, conflicts) = FigureMerge().merge(drafts)
        findings += conflicts + read.findings
        findings += FieldChecks(lowConfidence: options.lowConfidence).check(&fields)
        findings += FigureChecks(lowConfidence: options.lowConfidence).check(&figures)
        let remarks = Self.remarks(source.document)
        let hasText = source.document.items.contains { $0.text.count > 0 }
        return ReportRecord(
            file: file, sha256: sha256, status: hasText ? .success : .partial,
            reason: hasText ? (remarks.isEmpty ? nil : remarks.joined(separator: "; ")) : "no text was found on its pages",
            language: Self.language(source.document),
            pages: source.document.pages.map {
                ReportRecord.Page(
                    number: $0.number, width: $0.width, height: $0.height, source: $0.source.rawValue, turn: $0.turn)
            }, fields: fields, figures: figures.map(\.figure), tables: tables.all, findings: findings)
    }

    /// What was remarked on the pages; of many the first.
    private static func remarks(_ document: StructuredDocument) -> [String] {
        let all = document.pages.lazy.flatMap { page in page.remarks.map { "page \(page.number): \($0)" } }
        let shown = Array(all.prefix(30))
        let more = all.dropFirst(30).count
        return more > 0 ? shown + ["and \(more) more remarks"] : shown
    }

    /// `zh` where most words are Chinese, `mixed` where many are.
    static func language(_ document: StructuredDocument) -> String? {
        var (han, latin) = (0, 0)
        for item in document.items {
            for scalar in item.text.text.unicodeScalars {
                if scalar.isHan { han += 1 } else if scalar.isLatinLetter { latin += 1 }
            }
        }
        guard han + latin > 0 else { return nil }
        // A Latin word has about five letters, a Chinese one two characters.
        let share = Double(han) / 2 / (Double(han) / 2 + Double(latin) / 5)
        return share > 0.75 ? "zh" : share < 0.1 ? "en" : "mixed"
    }
}

/// Figures of key-value tables speak of the day of the price or of the report.
struct SnapshotPeriods {
    private let period: ReportPeriod?
    private let provenance: Provenance?
    private let context: TableContext
    private let names: MetricNames

    init(fields: [ReportField], context: TableContext, names: MetricNames) {
        self.context = context
        self.names = names
        let field = ["price_date", "report_date", "issue_date"].lazy.compactMap { name in fields.first { $0.name == name } }.first
        guard let field, case .date(let iso) = field.content, let date = DateReader().first(in: iso) else {
            (period, provenance) = (nil, nil)
            return
        }
        period = ReportPeriod(year: date.year, span: .day(month: date.month, day: date.day))
        provenance = field.provenance.first
    }

    /// The day on which the period of the document ended.
    private var closing: ReportPeriod? {
        guard context.document.current != nil, let end = context.currentEnd else { return nil }
        return ReportPeriod(year: end.year, span: .day(month: end.month, day: end.day))
    }

    func fill(_ drafts: inout [FigureDraft]) {
        for index in drafts.indices where drafts[index].period == nil && drafts[index].rawPeriod == nil {
            let closing = names.isOfAccounts(drafts[index].name) ? closing : nil
            drafts[index].period = closing ?? period
            drafts[index].periodProvenance = closing == nil ? provenance : context.currentProvenance
            drafts[index].kind = drafts[index].kind ?? (period == nil ? nil : .actual)
        }
    }
}
