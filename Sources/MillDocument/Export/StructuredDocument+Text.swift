extension StructuredDocument {
    /// What it says in reading order, a line for each block or row of a table; running headers and footers are left out.
    public var text: String {
        var lines: [String] = []
        for item in items {
            switch item.kind {
            case .pageHeader, .pageFooter, .picture: continue
            case .listItem(let marker): lines.append(marker + " " + item.text.text)
            case .table:
                if let caption = item.table?.caption { lines.append(caption.text) }
                lines.append(item.text.text)
            default: lines.append(item.text.text)
            }
        }
        return lines.joined(separator: "\n")
    }
}
