import MillValue

/// The same test sets put to one model in several precisions.
package struct PrecisionReport<Report: EvaluationReport>: EvaluationReport {
    package typealias Entry = (precision: String, byteCount: Int, report: Report)

    package let entries: [Entry]

    package init(_ entries: [Entry]) { self.entries = entries }

    package var headlines: [Headline] { entries.first?.report.headlines ?? [] }

    package var markdown: String {
        entries.map { "### \($0.precision)\n\n\($0.report.markdown)" }.joined(separator: "\n\n") + "\n\n" + comparison
    }

    /// The headlines side by side, with what each precision gains or loses against the first.
    private var comparison: String {
        let first = headlines
        let names = entries.map { "\($0.precision), \(Markdown.decimal(Double($0.byteCount) / 1e6)) MB" }
        let header = ["compared", names.first ?? ""] + names.dropFirst().flatMap { [$0, "difference"] }
        let rows = first.indices.map { index in
            [first[index].name, first[index].text]
                + entries.dropFirst().flatMap { entry in
                    let other = entry.report.headlines[index]
                    return [other.text, other.differenceText(to: first[index])]
                }
        }
        return Markdown.table(header, rows)
    }

    package var value: Value {
        .map(
            ValueMap(
                entries.map { entry in
                    let differences = zip(entry.report.headlines, headlines).map { own, first in
                        (own.name, Value.double(own.difference(to: first)))
                    }
                    return (
                        entry.precision,
                        [
                            "bytes": .int(entry.byteCount), "report": entry.report.value,
                            "differences": .map(ValueMap(differences)),
                        ]
                    )
                }))
    }
}

extension Headline {
    fileprivate var text: String {
        switch measure {
        case .share: Markdown.share(value, digits: 3)
        case .amount: Markdown.decimal(value, digits: 2)
        }
    }

    fileprivate func differenceText(to other: Headline) -> String {
        let number = difference(to: other)
        guard number.isFinite else { return "–" }
        let unit = measure == .share ? "points" : "%"
        return "\(number > 0 ? "+" : "")\(Markdown.decimal(number)) \(unit)"
    }
}
