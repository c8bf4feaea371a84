import MillValue

/// What became of the documents of an archive.
public struct ArchiveSummary: Sendable, Hashable {
    /// A reason, and how many documents it stopped.
    public struct Reason: Sendable, Hashable {
        public let status: ReportRecord.Status
        public let reason: String
        public var count: Int
        /// The first document that has it.
        public let file: String
    }

    /// How many documents have a status.
    public private(set) var counts: [ReportRecord.Status: Int] = [:]
    /// The reasons of documents that are no success, in order of their first document.
    public private(set) var reasons: [Reason] = []
    public private(set) var pages = 0
    public private(set) var fields = 0
    public private(set) var figures = 0
    public private(set) var tables = 0
    public private(set) var findings = 0

    public init() {}

    public var documents: Int { counts.values.reduce(0, +) }

    /// `7 documents: 5 success, 1 partial, 1 failed; 120 figures, 31 fields, 9 tables, 3 findings`.
    public var text: String {
        let parts = ReportRecord.Status.allCases.compactMap { status in counts[status].map { "\($0) \(status.rawValue)" } }
        let values = [(figures, "figure"), (fields, "field"), (tables, "table"), (findings, "finding")]
        return documents.counted("document") + (parts.isEmpty ? "" : ": ") + parts.joined(separator: ", ") + "; "
            + values.map { $0.0.counted($0.1) }.joined(separator: ", ")
    }

    mutating func add(_ record: ReportRecord) {
        counts[record.status, default: 0] += 1
        pages += record.pages.count
        fields += record.fields.count
        figures += record.figures.count
        tables += record.tables.count
        findings += record.findings.count
        guard record.status != .success else { return }
        let reason = record.reason ?? "no reason was given"
        if let known = reasons.firstIndex(where: { $0.status == record.status && $0.reason == reason }) {
            reasons[known].count += 1
        } else {
            reasons.append(Reason(status: record.status, reason: reason, count: 1, file: record.file))
        }
    }
}
