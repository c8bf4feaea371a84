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

    /// - Parameter firstLine: the number of the report's first line in its file.
    /// - Throws: ``EvaluationError/invalidGroundTruth(reason:)``, with the line, for a brace that belongs to no mark, and for an
    ///   id beyond what an `Int` holds.
    package init(_ marked: String, firstLine: Int = 1) throws(EvaluationError) {
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
            func error(_ problem: String) -> EvaluationError {
                let line = firstLine + scalars[..<place].count { $0 == "\n" }
                let rest = String(String.UnicodeScalarView(scalars[place...].prefix(40).prefix { $0 != "\n" && $0 != "\r" }))
                return .invalidGroundTruth(reason: "line \(line): \(problem): \(rest)")
            }
            guard let mark = Mark(scalars[place...]), let label = Self.labels[mark.code] else {
                throw error("a brace that is no mark {code ids|text}")
            }
            guard let ids = mark.ids else { throw error("a mark with an id beyond \(Int.max)") }
            let range = length..<length + mark.text.count
            text.append(contentsOf: mark.text)
            length = range.upperBound
            place = mark.end
            if label != "unit" { entities.append(LedgerEntity(label: label, range: range)) }
            for id in ids { figures[id, default: Figure()].add(label, range, kind: Self.kinds[mark.code]) }
        }
        self.text = String(text)
        self.entities = entities.filter { !$0.range.isEmpty }
        self.figures = figures.sorted { $0.key < $1.key }.map(\.value)
    }

    /// The reports of a file in UTF-8, one after another with a line `====` between two.
    ///
    /// - Throws: ``EvaluationError/invalidGroundTruth(reason:)`` with the path, and with the line or byte that is wrong.
    package static func reports(path: String) throws(EvaluationError) -> [AnnotatedReport] {
        let bytes: [UInt8]
        // The error names the path.
        do { bytes = try Storage.map(path: path).bytes } catch { throw .invalidGroundTruth(reason: "\(error)") }
        var reports: [AnnotatedReport] = []
        for part in parts(of: bytes) {
            let own = Array(bytes[part.bytes])
            let text: String
            do { text = String(copying: try UTF8Span(validating: own.span)) } catch {
                let offset = part.bytes.lowerBound + error.byteOffsets.lowerBound
                throw .invalidGroundTruth(reason: "\(path): invalid UTF-8 at byte \(offset)")
            }
            do { reports.append(try AnnotatedReport(text, firstLine: part.firstLine)) } catch { throw error.at(path) }
        }
        guard !reports.isEmpty else { throw .invalidGroundTruth(reason: "\(path) holds no report") }
        return reports
    }

    /// What stands between the lines `====`, which may end as on Windows; blank parts are left out.
    private static func parts(of bytes: [UInt8]) -> [(firstLine: Int, bytes: Range<Int>)] {
        var parts: [(firstLine: Int, bytes: Range<Int>)] = []
        var (start, firstLine) = (0, 1)
        var place = 0
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let next = min(place + line.count + 1, bytes.count)
            if line.elementsEqual("====".utf8) || line.elementsEqual("====\r".utf8) {
                parts.append((firstLine, start..<place))
                (start, firstLine) = (next, index + 2)
            }
            place = next
        }
        parts.append((firstLine, start..<bytes.count))
        return parts.filter { part in bytes[part.bytes].contains { $0 > UInt8(ascii: " ") } }
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
    /// nil where one is too large.
    let ids: [Int]?
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
        let numbers = ids.split(separator: ",").map { Int(String(String.UnicodeScalarView($0))) }
        self.ids = numbers.contains(nil) ? nil : numbers.compactMap { $0 }
        end = close + 1
    }
}
