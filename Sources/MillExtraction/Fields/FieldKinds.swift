/// Which fields a kind of document can have: the model, trained on reports, finds analysts in invoices, too.
enum DocumentSort: Sendable {
    case research, results, invoice

    /// - Parameter titles: the titles and headings of the first page.
    init(_ candidates: [FieldCandidate], titles: [FoldedText]) {
        func weight(_ names: Set<String>) -> Double { candidates.filter { names.contains($0.name) }.reduce(0) { $0 + $1.weight } }
        let isCalledInvoice = titles.contains { title in
            title.count <= 60 && !Self.invoiceWords.all(in: title, 0..<title.count).isEmpty
        }
        if weight(["invoice_number", "invoice_date"]) >= (isCalledInvoice ? 1 : 3)
            || isCalledInvoice && weight(["total", "subtotal", "due_date"]) >= 2
            || weight(["invoice_number", "total", "subtotal", "tax", "due_date", "issue_date"]) >= 9 && weight(["total"]) >= 3
        {
            self = .invoice
        } else if weight(["rating", "target_price", "previous_rating", "previous_target_price"]) >= 3 {
            self = .research
        } else {
            self = .results
        }
    }

    private static let invoiceWords = WordTable<Bool>(
        lines: "yes: invoice, tax invoice, credit note, receipt, statement of account, 发票, 结算单, 收据, 账单, 贷项通知单"
    ) { _ in true }

    func allows(_ field: String) -> Bool {
        switch self {
        case .research: !Self.invoiceFields.contains(field)
        case .results:
            !Self.invoiceFields.contains(field)
                && !["analyst", "price_date", "rating", "previous_rating", "target_price", "previous_target_price"].contains(
                    field)
        case .invoice: Self.invoiceFields.contains(field) || field == "company"
        }
    }

    private static let invoiceFields: Set<String> = [
        "invoice_number", "invoice_date", "due_date", "order_number", "seller", "customer", "subtotal", "tax", "total",
    ]

    /// Gives names that mean different things in different documents the meaning that they have in this sort.
    func settle(_ candidates: inout [FieldCandidate]) {
        func rename(_ name: String, _ other: String) {
            for index in candidates.indices where candidates[index].name == name { candidates[index].name = other }
        }
        switch self {
        case .invoice:
            rename("issue_date", "invoice_date")
            // `Date` on an invoice is the invoice's.
            if !candidates.contains(where: { $0.name == "invoice_date" }) { rename("report_date", "invoice_date") }
            // Who writes an invoice stands at its head.
            rename("letterhead", "company")
            let customers = Set(
                candidates.filter { $0.name == "customer" }.map { CompanyNames.key(FieldChooser.text($0.content)) })
            candidates.removeAll { $0.name == "company" && customers.contains(CompanyNames.key(FieldChooser.text($0.content))) }
            // What is in no currency is in that of the others.
            let currencies = Set(
                candidates.compactMap { candidate -> String? in
                    if case .amount(let amount) = candidate.content { amount.unit } else { nil }
                })
            if currencies.count == 1, let currency = currencies.first {
                for index in candidates.indices {
                    guard case .amount(let amount) = candidates[index].content, amount.unit == nil else { continue }
                    candidates[index].content = .amount(Amount(number: amount.number, unit: currency))
                }
            }
            candidates += candidates.lazy.filter { $0.name == "seller" }.map {
                var company = $0
                company.name = "company"
                return company
            }
        case .research, .results:
            candidates.removeAll { $0.name == "letterhead" }
            if candidates.contains(where: { $0.name == "issue_date" }) { rename("due_date", "maturity_date") }
            if !candidates.contains(where: { $0.name == "maturity_date" }) { rename("issue_date", "report_date") }
        }
    }
}
