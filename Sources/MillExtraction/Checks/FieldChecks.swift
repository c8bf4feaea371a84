import MillDocument

/// Fields that do not fit together.
struct FieldChecks {
    /// Recognition below this is told, 0 to 1.
    let lowConfidence: Double

    func check(_ fields: inout [ReportField]) -> [ReportFinding] {
        var findings: [ReportFinding] = []
        for index in fields.indices {
            if let confidence = fields[index].provenance.first?.confidence, confidence < lowConfidence {
                fields[index].flags.append("low_confidence")
            }
            if case .rating(let words, nil) = fields[index].content {
                fields[index].flags.append("rating_unknown")
                findings.append(
                    ReportFinding(
                        code: "rating_unknown", message: "the rating \(words) is on no known scale",
                        places: fields[index].provenance.flatMap(\.places)))
            }
            if case .amount(let amount) = fields[index].content, amount.unit == nil { fields[index].flags.append("unit_unknown") }
        }
        findings += upside(&fields)
        findings += invoice(&fields)
        return findings
    }

    private func amount(_ name: String, _ fields: [ReportField]) -> (index: Int, amount: Amount)? {
        for (index, field) in fields.enumerated() where field.name == name {
            if case .amount(let amount) = field.content { return (index, amount) }
        }
        return nil
    }

    /// A buy below the price, a sell above it, and prices in two currencies.
    private func upside(_ fields: inout [ReportField]) -> [ReportFinding] {
        guard let target = amount("target_price", fields), let price = amount("price", fields), price.amount.number > 0 else {
            return []
        }
        let places = fields[target.index].provenance.flatMap(\.places) + fields[price.index].provenance.flatMap(\.places)
        if let a = target.amount.unit, let b = price.amount.unit, a != b {
            fields[target.index].flags.append("currency")
            return [ReportFinding(code: "currency", message: "the target price is in \(a), the price in \(b)", places: places)]
        }
        let upside = ((target.amount.number / price.amount.number - 1) * 1000).rounded() / 10
        var level: String?
        for field in fields where field.name == "rating" && level == nil {
            if case .rating(_, let scale) = field.content { level = scale }
        }
        guard level == "buy" && upside < 0 || level == "sell" && upside > 15 || abs(upside) > 400 else { return [] }
        fields[target.index].flags.append("upside")
        return [
            ReportFinding(
                code: "upside",
                message: "the rating is \(level ?? "unknown") and the target price is \(upside.short) % from the price",
                places: places)
        ]
    }

    /// Subtotal and tax against the total.
    private func invoice(_ fields: inout [ReportField]) -> [ReportFinding] {
        guard let subtotal = amount("subtotal", fields), let tax = amount("tax", fields), let total = amount("total", fields)
        else { return [] }
        let sum = subtotal.amount.number + tax.amount.number
        guard abs(sum - total.amount.number) > 0.011 else { return [] }
        fields[total.index].flags.append("sum")
        let places = [subtotal.index, tax.index, total.index].flatMap { fields[$0].provenance.flatMap(\.places) }
        return [
            ReportFinding(
                code: "sum",
                message: "subtotal and tax add up to \(sum.withoutNoise.short), the total is \(total.amount.number.short)",
                places: places)
        ]
    }
}
