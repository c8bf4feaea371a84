/// Which fields a kind of document can have: the model, trained on reports, finds analysts in invoices, too.
enum DocumentSort: Sendable {
    case research, results, invoice

    init(_ candidates: [FieldCandidate]) {
        func weight(_ names: Set<String>) -> Double { candidates.filter { names.contains($0.name) }.reduce(0) { $0 + $1.weight } }
        if weight(["invoice_number", "invoice_date"]) >= 3 {
            self = .invoice
        } else if weight(["rating", "target_price", "previous_rating", "previous_target_price"]) >= 3 {
            self = .research
        } else {
            self = .results
        }
    }

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
}
