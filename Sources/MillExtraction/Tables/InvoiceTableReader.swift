/// Reads the totals of a table of invoice lines.
struct InvoiceTableReader {
    let grid: TableGrid
    let values: FieldValueReader
    let unit: UnitReading?

    private static let headers = WordTable<String>(
        lines: """
            item: description, item, items, product, service, services, article, details, particulars, work done, 摘要, 服务名称, 货物或服务名称, 商品名称及规格, 品名, 项目名称, 货物名称, 货物或应税劳务名称, 商品名称, 名称
            quantity: quantity, qty, qty., hours, units, days, 数量
            price: unit price, price, rate, unit cost, 单价
            amount: amount, total, line total, net amount, net, gross, gross amount, 金额, 合计
            tax: vat, tax, gst, 税额, vat amount, tax amount
            """
    ) { $0 }

    /// The totals; nil where the table holds no lines of an invoice.
    func fields() -> [FieldCandidate]? {
        var header: Int?
        // What stands above the lines may have been taken for part of their table.
        for row in 0..<min(12, grid.rowCount) where header == nil {
            let words = Set(
                grid.row(row).flatMap { cell in Self.headers.all(in: cell.folded, 0..<cell.folded.count).map(\.meaning) })
            if words.contains("amount") || words.contains("price"), words.contains("item") || words.contains("quantity"),
                words.count >= 3
            {
                header = row
            }
        }
        guard let header else { return nil }
        var found = above(header)
        // Ink beside the table may be read as a last column.
        let amounts = grid.row(header).last { cell in
            Self.headers.all(in: cell.folded, 0..<cell.folded.count).contains { $0.meaning == "amount" }
        }
        for row in header + 1..<max(header + 1, grid.rowCount) {
            let cells = grid.row(row)
            if let sums = sums(row, header), !sums.isEmpty {
                found += sums
                continue
            }
            guard let value = amounts.flatMap({ grid[row, $0.column] }).flatMap({ $0.isEmpty ? nil : $0 }) ?? cells.last,
                let number = value.number, let label = cells.first(where: { !$0.isValue }),
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

    /// Names and values in the rows above the lines.
    private func above(_ header: Int) -> [FieldCandidate] {
        (0..<header).flatMap { row -> [FieldCandidate] in
            let cells = grid.row(row)
            return zip(cells, cells.dropFirst()).compactMap { label, value in
                guard let field = FieldNames.field(of: label.folded), FieldNames.field(of: value.folded) == nil,
                    let read = values.read(field, value.folded), let provenance = value.source.provenance(read.range)
                else { return nil }
                return FieldCandidate(name: field, content: read.content, provenance: provenance, weight: 4, flags: read.flags)
            }
        }
    }

    /// The sums of a last row that has one of amounts, one of taxes and perhaps one of both.
    private func sums(_ row: Int, _ header: Int) -> [FieldCandidate]? {
        guard let label = grid[row, 0], ["total", "subtotal"].contains(Self.field(label.folded)) else { return nil }
        let columns = grid.row(header).flatMap { cell in
            Self.headers.all(in: cell.folded, 0..<cell.folded.count).prefix(1).map { (meaning: $0.meaning, column: cell.column) }
        }
        guard let tax = columns.last(where: { $0.meaning == "tax" })?.column, grid[row, tax]?.number != nil,
            let net = columns.last(where: { $0.meaning == "amount" && $0.column < tax })?.column
        else { return nil }
        let gross = columns.last { $0.meaning == "amount" && $0.column > tax }?.column
        return [("subtotal", net), ("tax", tax), ("total", gross)].compactMap { name, column in
            guard let column, let cell = grid[row, column], let number = cell.number,
                let provenance = cell.source.provenance(number.range)
            else { return nil }
            return FieldCandidate(
                name: name,
                content: .amount(
                    Amount(number: number.number.withoutNoise, unit: number.currency ?? unit?.currency ?? values.currency)),
                provenance: provenance, weight: 4, flags: number.isCorrected ? ["corrected"] : [])
        }
    }

    private static func field(_ label: FoldedText) -> String? {
        let start = label.trimmed.lowerBound
        if label.trimmed.count <= 30, label.after("net", at: start) == label.trimmed.upperBound { return "subtotal" }
        if let field = FieldNames.field(of: label), ["subtotal", "tax", "total"].contains(field) { return field }
        return nil
    }
}
