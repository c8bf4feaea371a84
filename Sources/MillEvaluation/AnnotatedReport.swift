import MillModels
import MillTensor

/// A report with its truth: marks `{code ids|text}` around entities, as `docs/models/ledger.md` describes them.
package struct AnnotatedReport: Sendable {
    /// A figure as the marks of one id give it.
    package struct Figure: Sendable, Hashable {
        package internal(set) var value: Range<Int>?
        package internal(set) var metric: Range<Int>?
        package internal(set) var period: Range<Int>?
        package internal(set) var unit: [Range<Int>] = []
        package internal(set) var change: Range<Int>?
        package internal(set) var kind: String?
    }

    private static let labels = [
        "c": "company", "t": "ticker", "x": "exchange", "r": "rating", "pr": "previous_rating", "tp": "target_price",
        "ptp": "previous_target", "cur": "currency", "px": "current_price", "pd": "price_date", "an": "analyst",
        "br": "broker", "m": "metric", "p": "period", "a": "value", "e": "value", "k": "value", "ch": "change", "u": "unit",
    ]
    private static let kinds = ["a": "actual", "e": "estimate", "k": "consensus"]

    /// The text without marks.
    package let text: String
    package let entities: [LedgerEntity]
    /// In order of their ids.
    package let figures: [Figure]

    /// - Throws: ``EvaluationError/invalidGroundTruth(reason:)`` for a brace that belongs to no mark.
    package init(_ marked: String) throws(EvaluationError) {
        let scalars = Array(marked.unicodeScalars)
        var text = String.UnicodeScalarView()
        var length = 0
        var entities: [LedgerEntity] = []
        var figures: [Int: Figure] = [:]
        var place = 0
        while place < scalars.count {
            guard scalars[place] == "{" || scalars[place] == "}" else {
                text.append(scalars[place])
                length += 1
                place += 1
                continue
            }
            guard let mark = Mark(scalars[place...]), let label = Self.labels[mark.code] else {
                let rest = String(String.UnicodeScalarView(scalars[place...].prefix(40)))
                throw .invalidGroundTruth(reason: "a brace that is no mark {code ids|text}: \(rest)")
            }
            let range = length..<length + mark.text.count
            text.append(contentsOf: mark.text)
            length = range.upperBound
            place = mark.end
            if label != "unit" { entities.append(LedgerEntity(label: label, range: range)) }
            for id in mark.ids { figures[id, default: Figure()].add(label, range, kind: Self.kinds[mark.code]) }
        }
        self.text = String(text)
        self.entities = entities.filter { !$0.range.isEmpty }
        self.figures = figures.sorted { $0.key < $1.key }.map(\.value)
    }

    /// The reports of a file, one after another with a line `====` between two.
    package static func reports(path: String) throws(EvaluationError) -> [AnnotatedReport] {
        let bytes: [UInt8]
        do {
            let storage = try Storage.map(path: path)
            bytes = Array(UnsafeRawBufferPointer(start: storage.base, count: storage.byteCount))
        } catch { throw .invalidGroundTruth(reason: "\(path): \(error)") }
        var reports: [AnnotatedReport] = []
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: "====\n", omittingEmptySubsequences: true)
        for (index, part) in parts.enumerated() {
            do { reports.append(try AnnotatedReport(String(part))) } catch {
                throw .invalidGroundTruth(reason: "\(path), report \(index + 1): \(error)")
            }
        }
        return reports
    }
}

extension AnnotatedReport.Figure {
    /// The first of each role counts; units may have several parts.
    fileprivate mutating func add(_ label: String, _ range: Range<Int>, kind: String?) {
        switch label {
        case "value":
            value = value ?? range
            self.kind = kind
        case "metric": metric = metric ?? range
        case "period": period = period ?? range
        case "change": change = change ?? range
        case "unit": unit.append(range)
        default: break
        }
    }
}

/// `{code ids|text}`
private struct Mark {
    let code: String
    let ids: [Int]
    let text: ArraySlice<Unicode.Scalar>
    /// The place after the closing brace.
    let end: Int

    init?(_ scalars: ArraySlice<Unicode.Scalar>) {
        guard scalars.first == "{", let bar = scalars.firstIndex(of: "|"),
            let close = scalars[bar...].firstIndex(of: "}")
        else { return nil }
        let head = scalars[(scalars.startIndex + 1)..<bar]
        let code = head.prefix { ("a"..."z").contains($0) }
        let ids = head.dropFirst(code.count)
        guard ids.allSatisfy({ ("0"..."9").contains($0) || $0 == "," }) else { return nil }
        text = scalars[(bar + 1)..<close]
        guard !text.contains("{"), !text.contains("|") else { return nil }
        self.code = String(String.UnicodeScalarView(code))
        self.ids = ids.split(separator: ",").compactMap { Int(String(String.UnicodeScalarView($0))) }
        end = close + 1
    }
}
