import MillDocument

/// What was read from one document.
public struct ReportRecord: Sendable {
    public enum Status: String, Sendable, Hashable, CaseIterable {
        case success
        /// Read, but some pages or checks failed; the reason says which.
        case partial
        case failed
        /// Not read: the same content was read under another name, or it is no document.
        case skipped
    }

    public struct Page: Sendable, Hashable {
        /// Counted from 1.
        public var number: Int
        /// In points.
        public var width: Double
        public var height: Double
        /// `text`, `recognition` or `none`.
        public var source: String
        /// In degrees clockwise.
        public var turn: Int

        public init(number: Int, width: Double, height: Double, source: String, turn: Int) {
            self.number = number
            self.width = width
            self.height = height
            self.source = source
            self.turn = turn
        }
    }

    /// The path below the folder of documents.
    public var file: String
    /// In hexadecimal digits.
    public var sha256: String
    public var status: Status
    /// Why it is not a success.
    public var reason: String?
    /// `en`, `zh` or `mixed`.
    public var language: String?
    public var pages: [Page]
    /// `company`, `ticker`, `exchange`, `broker`, `analyst`, `rating`, `previous_rating`, `target_price`, `previous_target_price`, `price`,
    /// `price_date`, `invoice_number`, … Several values of one field (analysts, conflicts) are several entries, the best first.
    public var fields: [ReportField]
    public var figures: [ReportFigure]
    public var tables: [ReportTable]
    /// What does not fit together.
    public var findings: [ReportFinding]

    public init(
        file: String, sha256: String, status: Status, reason: String? = nil, language: String? = nil, pages: [Page] = [],
        fields: [ReportField] = [], figures: [ReportFigure] = [], tables: [ReportTable] = [], findings: [ReportFinding] = []
    ) {
        self.file = file
        self.sha256 = sha256
        self.status = status
        self.reason = reason
        self.language = language
        self.pages = pages
        self.fields = fields
        self.figures = figures
        self.tables = tables
        self.findings = findings
    }
}

/// A place that a value was read from. No value is without one.
public struct Provenance: Sendable, Hashable {
    /// One box per line.
    public var places: [PagePlace]
    /// The words as they stand there.
    public var raw: String
    /// The code points of the document's text (`ReportReader`, the items' texts joined by line ends) where they stand.
    public var range: Range<Int>
    /// Whether a table or the running text has it.
    public var isInTable: Bool
    /// How sure the recognition of the words was, 0 to 1.
    public var confidence: Double

    public init(places: [PagePlace], raw: String, range: Range<Int>, isInTable: Bool, confidence: Double) {
        self.places = places
        self.raw = raw
        self.range = range
        self.isInTable = isInTable
        self.confidence = confidence
    }
}

/// A normalised number with its unit.
public struct Amount: Sendable, Hashable {
    /// In base units: 1.2bn is 1200000000, 12.5 % is 12.5 with the unit `percent`.
    public var number: Double
    /// `CNY`, `HKD`, `percent`, `basis_points`, `percentage_points`, `times`, `shares`, `count`, `CNY per share`, …; nil when the document does not tell.
    public var unit: String?

    public init(number: Double, unit: String?) {
        self.number = number
        self.unit = unit
    }
}

public struct ReportField: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        case text(String)
        case amount(Amount)
        /// `2025-03-14`.
        case date(String)
        /// `buy`, `hold` or `sell`; nil for a word that is on no scale.
        case rating(String, scale: String?)
    }

    public var name: String
    public var content: Content
    /// The best first.
    public var provenance: [Provenance]
    /// Codes of findings that touch it.
    public var flags: [String]

    public init(name: String, content: Content, provenance: [Provenance], flags: [String] = []) {
        self.name = name
        self.content = content
        self.provenance = provenance
        self.flags = flags
    }
}

/// A metric triple: name, period, value; with unit, change and kind.
public struct ReportFigure: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        case actual, estimate, consensus
    }

    /// As the document names it, without notes and units.
    public var name: String
    /// Normalised: `2025FY`, `2025H1`, `2025Q3`, `2025M9`, `2025-06-30`; as it stands where that fails; nil when there is none.
    public var period: String?
    public var value: Amount?
    /// What it changed by, in percent, percentage points or basis points.
    public var change: Amount?
    public var kind: Kind?
    /// Where the value stands, the best first; where there is only a change, that.
    public var provenance: [Provenance]
    public var nameProvenance: Provenance?
    public var periodProvenance: Provenance?
    public var changeProvenance: Provenance?
    public var flags: [String]

    public init(
        name: String, period: String?, value: Amount?, change: Amount? = nil, kind: Kind? = nil, provenance: [Provenance],
        nameProvenance: Provenance? = nil, periodProvenance: Provenance? = nil, changeProvenance: Provenance? = nil,
        flags: [String] = []
    ) {
        self.name = name
        self.period = period
        self.value = value
        self.change = change
        self.kind = kind
        self.provenance = provenance
        self.nameProvenance = nameProvenance
        self.periodProvenance = periodProvenance
        self.changeProvenance = changeProvenance
        self.flags = flags
    }
}

public struct ReportTable: Sendable {
    public var places: [PagePlace]
    public var caption: String?
    public var grid: DocumentTable

    public init(places: [PagePlace], caption: String?, grid: DocumentTable) {
        self.places = places
        self.caption = caption
        self.grid = grid
    }
}

/// Something that an analyst should look at; nothing is ever corrected because of it.
public struct ReportFinding: Sendable, Hashable {
    /// `conflict`, `sum`, `growth`, `low_confidence`, `unit_unknown`, …
    public var code: String
    /// One sentence that names both sides.
    public var message: String
    public var places: [PagePlace]

    public init(code: String, message: String, places: [PagePlace]) {
        self.code = code
        self.message = message
        self.places = places
    }
}
