import MillDocument

/// Looks for what does not fit together; nothing is changed but flags.
struct FigureChecks {
    /// Recognition below this is told, 0 to 1.
    let lowConfidence: Double

    func check(_ figures: inout [FigureDraft]) -> [ReportFinding] {
        var findings = growth(&figures)
        findings += margins(&figures)
        for index in figures.indices {
            if figures[index].value != nil, figures[index].value?.unit == nil { figures[index].flags.append("unit_unknown") }
            if figures[index].period == nil { figures[index].flags.append("period_unknown") }
            if let confidence = figures[index].provenance.first?.confidence, confidence < lowConfidence {
                figures[index].flags.append("low_confidence")
            }
        }
        findings += summary(figures, "unit_unknown", "have no unit")
        findings += summary(figures, "low_confidence", "were recognised with low confidence")
        return findings
    }

    /// One finding for all figures with a flag.
    private func summary(_ figures: [FigureDraft], _ flag: String, _ what: String) -> [ReportFinding] {
        let flagged = figures.filter { $0.flags.contains(flag) }
        guard let first = flagged.first else { return [] }
        let more = flagged.count > 1 ? " and \(flagged.count - 1) more" : ""
        return [
            ReportFinding(
                code: flag, message: "\(first.name) (\(first.period?.text ?? first.rawPeriod ?? "no period"))\(more) \(what)",
                places: flagged.prefix(50).flatMap { $0.provenance.first?.places ?? [] })
        ]
    }

    /// A change in percent against the two values that it follows from.
    private func growth(_ figures: inout [FigureDraft]) -> [ReportFinding] {
        var findings: [ReportFinding] = []
        var values: [String: Int] = [:]
        for (index, figure) in figures.enumerated() {
            if let period = figure.period, figure.value != nil {
                values["\(figure.key)|\(period.text)"] = values["\(figure.key)|\(period.text)"] ?? index
            }
        }
        for index in figures.indices {
            let figure = figures[index]
            guard let period = figure.period, let value = figure.value, let change = figure.change, change.unit == "percent",
                value.unit != "percent", let before = values["\(figure.key)|\(period.before.text)"],
                let earlier = figures[before].value,
                earlier.unit == value.unit, earlier.number != 0, (earlier.number > 0) == (value.number > 0)
            else { continue }
            let low = abs(value.number) - figure.halfUnit
            let high = abs(value.number) + figure.halfUnit
            let base = abs(earlier.number)
            let half = min(figures[before].halfUnit, base * 0.5)
            let least = (low / (base + half) - 1) * 100
            let most = (high / (base - half) - 1) * 100
            let slack = figure.changeHalfUnit * 1.1 + 0.05
            guard change.number < least - slack || change.number > most + slack else { continue }
            // A smaller loss or cost is told as a fall or as a rise.
            if -change.number >= least - slack, -change.number <= most + slack { continue }
            figures[index].flags.append("growth")
            let computed = ((value.number / earlier.number - 1) * 1000).rounded() / 10
            findings.append(
                ReportFinding(
                    code: "growth",
                    message:
                        "\(figure.name) of \(period.text) is said to change by \(change.number.short) %, but \(earlier.number.short) and \(value.number.short) give \(computed.short) %",
                    places: (figure.changeProvenance?.places ?? []) + figure.provenance.flatMap(\.places)))
        }
        return findings
    }

    /// Margins against the profit and the revenue that they follow from.
    private func margins(_ figures: inout [FigureDraft]) -> [ReportFinding] {
        let parts = [
            "gross margin": "gross profit", "operating margin": "operating profit", "ebitda margin": "ebitda",
            "ebit margin": "ebit",
        ]
        var values: [String: Int] = [:]
        for (index, figure) in figures.enumerated() {
            if let period = figure.period, figure.value?.unit != nil {
                values["\(figure.key)|\(period.text)"] = values["\(figure.key)|\(period.text)"] ?? index
            }
        }
        var findings: [ReportFinding] = []
        for index in figures.indices {
            let figure = figures[index]
            guard let part = parts[figure.key], let period = figure.period?.text, let margin = figure.value,
                margin.unit == "percent",
                let profit = values["\(part)|\(period)"].map({ figures[$0] }),
                let revenue = values["revenue|\(period)"].map({ figures[$0] }),
                let above = profit.value, let below = revenue.value, above.unit == below.unit, below.number != 0
            else { continue }
            let computed = above.number / below.number * 100
            let slack =
                figure.halfUnit * 1.1 + 100 * (profit.halfUnit + abs(above.number / below.number) * revenue.halfUnit)
                / abs(below.number)
            guard abs(computed - margin.number) > slack + 0.05 else { continue }
            figures[index].flags.append("margin")
            findings.append(
                ReportFinding(
                    code: "margin",
                    message:
                        "\(figure.name) of \(period) is given as \(margin.number.short) %, but \(profit.name) over \(revenue.name) is \(((computed * 10).rounded() / 10).short) %",
                    places: (figure.provenance + profit.provenance + revenue.provenance).flatMap(\.places)))
        }
        return findings
    }
}
