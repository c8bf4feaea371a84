import MillDocument

extension HeadFieldReader {
    /// The cells that stand alone in the first rows of a table, as titles of it do.
    func titles(of table: DocumentTable, _ item: Int) -> [SourceText] {
        let top = table.cells.filter { $0.row < 3 && $0.text.count > 0 }
        guard top.count <= 60 else { return [] }
        return zip(table.cells, source.cells(ofItem: item, table)).compactMap { cell, text in
            cell.row < 3 && text.folded.count > 0 && top.count { $0.row == cell.row } == 1 ? text : nil
        }
    }

    /// A line at the top that may be the name of who writes: `Kilbride Veterinary Supplies`.
    func letterhead(_ source: SourceText) -> FieldCandidate? {
        let text = source.folded
        var range = FieldValueReader.plain(text, text.trimmed)
        // Recognition takes the drawing of a letterhead for a sign or two.
        if let blank = text.scalars[range].prefix(3).firstIndex(of: " "), text[blank + 1]?.isLatinLetter == true,
            text.scalars[range.lowerBound..<blank].allSatisfy({ !$0.isLatinLetter })
        {
            range = blank + 1..<range.upperBound
        }
        // `Sallow Marsh Ecology INVOICE`
        for word in ["tax invoice", "invoice", "receipt", "statement"] {
            if text.folded(range).hasSuffix(" " + word) {
                range = FieldValueReader.plain(text, range.lowerBound..<range.upperBound - word.count - 1)
                break
            }
        }
        let words = text.original(range).split(separator: " ")
        guard (2...7).contains(words.count), range.count <= 60,
            !text.scalars[range].contains(where: { $0.isASCIIDigit || $0 == ":" }),
            words.allSatisfy({
                $0.first?.isUppercase == true || ["of", "and", "&", "de", "la", "van", "von", "for"].contains($0)
            }),
            FieldNames.words.all(in: text, range).isEmpty, let provenance = source.provenance(range)
        else { return nil }
        return FieldCandidate(
            name: "letterhead", content: .text(text.original(range).trimmedBlanks), provenance: provenance, weight: 1)
    }

    /// What a title begins with, before a colon or a stroke: `Balmoral Copper: grades recover`, `Pemberton Shipping | Buy`.
    func companyOfTitle(_ source: SourceText) -> FieldCandidate? {
        let text = source.folded
        guard text.count <= 160, let end = text.scalars.firstIndex(where: { $0 == ":" || $0 == "|" }) else { return nil }
        let range = FieldValueReader.plain(text, 0..<end)
        let words = text.original(range).split(separator: " ")
        guard (1...5).contains(words.count), range.count >= 3, range.count <= 48,
            !text.scalars[range].contains(where: \.isASCIIDigit),
            words.allSatisfy({ $0.first?.isUppercase == true || ["of", "and", "&", "de"].contains($0) }),
            FieldNames.words.all(in: text, range).isEmpty, RatingScale().level(of: text.original(range)) == nil,
            PeriodScan(text: text).parts(in: range).isEmpty, let provenance = source.provenance(range)
        else { return nil }
        return FieldCandidate(
            name: "company", content: .text(text.original(range).trimmedBlanks), provenance: provenance, weight: 1)
    }

    /// The analyst in a line of several things: `Gethin Probert | LRK LN | Price at close on 20 January 2025`.
    func signed(_ source: SourceText) -> [FieldCandidate] {
        let text = source.folded
        guard text.count <= 160, text.scalars.contains("|") else { return [] }
        var parts: [Range<Int>] = []
        var start = 0
        for place in 0...text.count where place == text.count || text[place] == "|" {
            parts.append(FieldValueReader.plain(text, start..<place))
            start = place + 1
        }
        let people = parts.filter { range in
            !range.isEmpty && text[range.lowerBound]?.isLatinLetter == true && People.isName(text, range)
                && !CompanyNames.isHouse(text.original(range))
        }
        guard people.count < parts.count, people.count <= 3 else { return [] }
        return people.compactMap { person in
            source.provenance(person).map {
                FieldCandidate(
                    name: "analyst", content: .text(text.original(person).trimmedBlanks), provenance: $0, weight: 1.2)
            }
        }
    }
}

extension CompanyNames {
    private static let houses: Set<String> = [
        "partners", "capital", "bank", "markets", "brothers", "associates", "institutional", "investments", "advisors",
        "advisers",
        "group", "house", "international", "global", "management", "trust", "co", "co.", "sons", "wealth", "finance", "financial",
    ]

    /// Where a name with its legal form ends that a registration number follows: `Murrumba Plumbing Pty Ltd ABN 51 824`.
    static func endOfLegalForm(_ text: FoldedText, _ range: Range<Int>) -> Int? {
        guard range.count <= 120, text.scalars[range].contains(where: \.isASCIIDigit) else { return nil }
        for place in range where text[place] == " " || text[place] == "," {
            let name = FieldValueReader.plain(text, range.lowerBound..<place)
            guard hasLegalForm(text.original(name)) else { continue }
            let rest = text.original(text.afterBlanks(place)..<range.upperBound).split(separator: " ").prefix(3)
            return rest.contains { $0.contains(where: \.isNumber) } ? name.upperBound : nil
        }
        return nil
    }

    /// Whether a name is more likely that of a firm than of a person.
    static func isHouse(_ name: String) -> Bool {
        let words = name.lowercased().split(separator: " ").map(String.init)
        return isBroker(name) || hasLegalForm(name) || name.contains("&") || words.contains(where: houses.contains)
    }
}
