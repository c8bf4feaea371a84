/// Reads the totals of a table of invoice lines.
struct InvoiceTableReader {
    let grid: TableGrid
    let values: FieldValueReader
    let unit: UnitReading?

    private static let headers = WordTable<String>(
        lines: """
            item: description, item, items, product, service, article, details, 品名, 项目名称, 货物名称, 货物或应税劳务名称, 商品名称, 名称
            quantity: quantity, qty, qty., hours, units, 数量
            price: unit price, price, rate, unit cost, 单价
            amount: amount, total, line total, net amount, 金额, 合计
            """
    ) { $0 }

    /// The totals; nil where the table holds no lines of an invoice.
    func fields() -> [FieldCandidate]? {
        var header: Int?
        for row in 0..<min(4, grid.rowCount) where header == nil {
            let words = Set(
                grid.row(row).flatMap { cell in Self.headers.all(in: cell.folded, 0..<cell.folded.count).map(\.meaning) })
            if words.contains("amount") || words.contains("price"), words.contains("item") || words.contains("quantity"),
                words.count >= 3
            {
                header = row
            }
        }
        guard let header else { return nil }
        var found: [FieldCandidate] = []
        for row in header + 1..<max(header + 1, grid.rowCount) {
            let cells = grid.row(row)
            guard let value = cells.last, let number = value.number, let label = cells.first(where: { !$0.isValue }),
                let name = Self.field(label.folded), let provenance = value.source.provenance(number.range)
            else { continue }
            let headerUnit = grid[header, value.column].flatMap { UnitReader().label($0.folded).unit }
            let currency =
                number.currency ?? headerUnit?.currency ?? UnitReader().label(label.folded).unit?.currency ?? unit?.currency
                ?? values.currency
            found.append(
                FieldCandidate(
                    name: name, content: .amount(Amount(number: number.number.withoutNoise, unit: currency)),
                    provenance: provenance, weight: 4,
                    flags: number.isCorrected ? ["corrected"] : []))
        }
        return found
    }

    private static func field(_ label: FoldedText) -> String? {
        let start = label.trimmed.lowerBound
        if label.trimmed.count <= 30, label.after("net", at: start) == label.trimmed.upperBound { return "subtotal" }
        if let field = FieldNames.field(of: label), ["subtotal", "tax", "total"].contains(field) { return field }
        return nil
    }
}
