/// Chooses among the candidates of each field: what most and the best places say comes first.
struct FieldChooser {
    private struct Group {
        var content: ReportField.Content
        var weight: Double
        var provenance: [(Provenance, Double)]
        var flags: [String]
        let order: Int
    }

    static let order = [
        "company", "ticker", "exchange", "broker", "analyst", "rating", "previous_rating", "target_price",
        "previous_target_price", "price", "nav",
        "price_date", "report_date", "issue_date", "maturity_date", "invoice_number", "invoice_date", "due_date", "order_number",
        "seller", "customer",
        "subtotal", "tax", "total",
    ]

    /// More mentions of one field say no more.
    private static let mentionLimit = 400

    /// Fields with several true values.
    private static let lists: Set<String> = ["analyst"]

    /// - Returns: the fields, the best of each first, and a finding for each that contradicts itself.
    func fields(_ candidates: [FieldCandidate]) -> (fields: [ReportField], findings: [ReportFinding]) {
        var fields: [ReportField] = []
        var findings: [ReportFinding] = []
        for name in Self.order {
            let candidates = name == "company" ? Self.companies(candidates) : candidates
            var groups = groups(candidates.lazy.filter { $0.name == name }.prefix(Self.mentionLimit), name)
            guard !groups.isEmpty else { continue }
            groups.sort { ($0.weight, $1.order) > ($1.weight, $0.order) }
            let kept = kept(groups, name)
            for group in kept {
                let provenance = group.provenance.sorted { $0.1 > $1.1 }.map(\.0)
                fields.append(ReportField(name: name, content: group.content, provenance: provenance, flags: group.flags))
            }
            if kept.count > 1, !Self.lists.contains(name) {
                for index in fields.indices where fields[index].name == name { fields[index].flags.append("conflict") }
                let said = kept.map { Self.text($0.content) }.joined(separator: " and ")
                findings.append(
                    ReportFinding(
                        code: "conflict", message: "the document gives \(said) as \(name)",
                        places: kept.flatMap { $0.provenance.flatMap(\.0.places) }))
            }
        }
        return (fields, findings)
    }

    /// Without names of people and counted or unnamed companies: `两家公司`, `the company`.
    private static func companies(_ candidates: [FieldCandidate]) -> [FieldCandidate] {
        let people = candidates.filter { $0.name == "analyst" }.map { CompanyNames.key(text($0.content)) }
        let isResearch = candidates.contains { $0.name == "rating" || $0.name == "target_price" }
        let weighed = candidates.map { candidate in
            guard isResearch, candidate.name == "company", CompanyNames.isBroker(text(candidate.content)) else {
                return candidate
            }
            var candidate = candidate
            candidate.weight *= 0.3
            return candidate
        }
        return weighed.filter { candidate in
            guard candidate.name == "company" else { return true }
            let key = CompanyNames.key(text(candidate.content))
            if CompanyNames.isGeneral(key) { return false }
            return !people.contains { $0 == key || $0.hasPrefix(key + " ") || $0.hasSuffix(" " + key) }
        }
    }

    /// All of a list; of other fields the best and those that have as much to say.
    private func kept(_ groups: [Group], _ name: String) -> [Group] {
        guard let best = groups.first else { return [] }
        if Self.lists.contains(name) {
            return groups.filter { $0.weight >= min(best.weight, 2.4) * 0.5 }.sorted { $0.order < $1.order }
        }
        if ["target_price", "rating", "previous_target_price", "previous_rating", "total"].contains(name) {
            return [best] + groups.dropFirst().filter { $0.weight >= 4 && $0.weight >= best.weight * 0.8 }
        }
        return [best]
    }

    private func groups(_ candidates: some Sequence<FieldCandidate>, _ name: String) -> [Group] {
        var groups: [Group] = []
        for (order, candidate) in candidates.enumerated() {
            if let index = groups.firstIndex(where: { Self.agree($0.content, candidate.content, name) }) {
                groups[index].weight += candidate.weight
                groups[index].content = Self.fuller(groups[index].content, candidate.content, name)
                if !groups[index].provenance.contains(where: { $0.0.range == candidate.provenance.range }) {
                    groups[index].provenance.append((candidate.provenance, candidate.weight))
                }
            } else {
                groups.append(
                    Group(
                        content: candidate.content, weight: candidate.weight,
                        provenance: [(candidate.provenance, candidate.weight)],
                        flags: candidate.flags, order: order))
            }
        }
        return groups
    }

    static func text(_ content: ReportField.Content) -> String {
        switch content {
        case .text(let text), .date(let text), .rating(let text, _): text
        case .amount(let amount): "\(amount.number) \(amount.unit ?? "")".trimmedBlanks
        }
    }

    private static func agree(_ first: ReportField.Content, _ second: ReportField.Content, _ name: String) -> Bool {
        switch (first, second) {
        case (.amount(let a), .amount(let b)):
            let isNear = abs(a.number - b.number) <= abs(a.number) * 1e-6
            return isNear && (a.unit == b.unit || a.unit == nil || b.unit == nil)
        case (.date(let a), .date(let b)): return a == b
        case (.rating(let a, let levelA), .rating(let b, let levelB)):
            return plain(a) == plain(b)
                || levelA != nil && levelA == levelB
                    && (a.unicodeScalars.contains(where: \.isHan) != b.unicodeScalars.contains(where: \.isHan))
        case (.text(let a), .text(let b)):
            if name == "ticker" {
                let (first, second) = (Tickers.normalised(a) ?? plain(a), Tickers.normalised(b) ?? plain(b))
                return first == second || first.lowercased().hasPrefix(plain(b) + ".")
                    || second.lowercased().hasPrefix(plain(a) + ".")
            }
            let (x, y) = (CompanyNames.key(a), CompanyNames.key(b))
            if x == y { return true }
            guard name == "company" || name == "broker" || name == "analyst" else { return false }
            if name == "analyst" {
                // With a title or without.
                let (a, b) = (
                    x.split(separator: " ").filter { !["cfa", "dr.", "dr", "phd", "cpa"].contains($0) },
                    y.split(separator: " ").filter { !["cfa", "dr.", "dr", "phd", "cpa"].contains($0) }
                )
                return a == b || a.count < b.count && (b.starts(with: a) || b.suffix(a.count) == a)
                    || b.count < a.count && (a.starts(with: b) || a.suffix(b.count) == b)
                    || Self.isPart(x, of: y) || Self.isPart(y, of: x)
            }
            return CompanyNames.isShort(x, of: y) || CompanyNames.isShort(y, of: x)
        default: return false
        }
    }

    /// The longer name of a company; an amount with its currency.
    private static func fuller(_ first: ReportField.Content, _ second: ReportField.Content, _ name: String) -> ReportField.Content
    {
        switch (first, second) {
        case (.amount(let a), .amount(let b)) where a.unit == nil: .amount(Amount(number: a.number, unit: b.unit))
        case (.text(let a), .text(let b))
        where (name == "company" || name == "broker" || name == "ticker" || name == "analyst") && b.count > a.count: second
        default: first
        }
    }

    /// A Chinese name without its last character: `沈亦` of `沈亦舟`.
    private static func isPart(_ part: String, of name: String) -> Bool {
        part.count >= 2 && part.unicodeScalars.allSatisfy(\.isHan)
            && name.split(separator: " ").contains { $0.count > part.count && $0.hasPrefix(part) }
    }

    private static func plain(_ text: String) -> String {
        let folded = FoldedText(text)
        return folded.folded(folded.trimmed)
    }
}

/// Names of companies in one form.
enum CompanyNames {
    private static let legal: Set<String> = [
        "inc", "plc", "ltd", "limited", "corp", "corporation", "co", "company", "ag", "sa", "se", "nv", "n.v.", "n.v", "spa",
        "ab", "asa", "group", "holdings", "holding",
        "the", "llc", "gmbh", "kk", "bhd", "berhad", "pte", "oyj", "a.s.", "s.a.", "inc.", "ltd.", "co.", "corp.",
    ]

    /// Case and legal forms fall away.
    static func key(_ name: String) -> String {
        let folded = FoldedText(name)
        var text = folded.folded(folded.trimmed)
        for suffix in ["股份有限公司", "控股有限公司", "集团有限公司", "有限责任公司", "有限公司", "控股", "集团"]
        where text.hasSuffix(suffix) && text.count > suffix.count + 1 {
            text.removeLast(suffix.count)
            break
        }
        let words = text.split { $0 == " " || $0 == "," }.map(String.init).filter { !legal.contains($0) }
        return words.isEmpty ? text : words.joined(separator: " ")
    }

    /// Whether a name ends with a legal form, not only with `Group` or `Company`.
    static func hasLegalForm(_ name: String) -> Bool {
        if ["有限公司", "股份公司", "有限责任公司"].contains(where: name.hasSuffix) { return name.count > 5 }
        let words = name.split(separator: " ")
        guard words.count >= 2, let last = words.last, words.count <= 7, words[0].first?.isUppercase == true else { return false }
        let form = last.lowercased().filter { $0 != "." && $0 != "," }
        return [
            "inc", "plc", "ltd", "limited", "corp", "corporation", "ag", "sa", "se", "nv", "spa", "ab", "asa", "llc", "gmbh",
            "kk", "bhd",
            "berhad", "oyj", "as", "kgaa", "lp", "pjsc", "saog", "tbk",
        ].contains(form) && (form != "as" && form != "se" && form != "sa" || last.first?.isUppercase == true)
    }

    /// Whether it is the name of a house that writes reports.
    static func isBroker(_ name: String) -> Bool {
        let name = name.lowercased()
        if ["证券", "研究"].contains(where: name.contains), name.contains(" ") { return true }
        return ["research", "securities", "equities", "证券", "研究", "研究所", "研究部", "brokers", "capital markets"].contains {
            name.hasSuffix($0)
        }
    }

    /// Whether it means some company: `公司`, `两家公司`, `the issuer`.
    static func isGeneral(_ key: String) -> Bool {
        if FieldNames.field(of: FoldedText(key)) != nil
            || ["tax invoice", "receipt", "bill", "credit note", "发票", "statement"].contains(key)
        {
            return true
        }
        if ["公司", "本公司", "集团", "本集团", "issuer", "company", "board", "directors", "management"].contains(key) { return true }
        let scalars = Array(key.unicodeScalars)
        if scalars.count < 2 { return true }
        return key.hasSuffix("家公司") && scalars.count <= 6
            || scalars.count > 2 && scalars[1] == "家" && "一二两三四五六七八九十多几数".unicodeScalars.contains(scalars[0])
    }

    /// Whether a name is that of an industry, as headers have it.
    static func isSector(_ name: String) -> Bool {
        let words = name.split { $0 == " " || $0 == "&" || $0 == "-" || $0 == "," }.map(String.init)
        return name.hasSuffix("行业") || name.hasSuffix("板块") || !words.isEmpty && words.allSatisfy { sectors.contains($0) }
    }

    private static let sectors: Set<String> = [
        "transport", "leisure", "technology", "semiconductors", "software", "hardware", "internet", "healthcare", "health",
        "care", "pharma", "pharmaceuticals", "biotech",
        "banks", "insurance", "financials", "energy", "oil", "gas", "utilities", "materials", "mining", "metals", "industrials",
        "consumer", "staples", "discretionary",
        "retail", "property", "reits", "telecoms", "telecom", "media", "tmt", "autos", "automotive", "chemicals", "logistics",
        "equity", "research", "transportation",
        "capital", "goods", "food", "beverages", "equities", "and", "strategy", "economics", "cloud", "company", "update",
        "class",
    ]

    /// With the rest of a word of letters and digits that is cut, and then with the words up to its legal form: `Company16
    /// Holdings PLC` for `16`.
    private static func words(_ range: Range<Int>, in text: FoldedText) -> Range<Int> {
        func isInWord(_ place: Int) -> Bool { text[place].map { $0.isLatinLetter || $0.isASCIIDigit } ?? false }
        guard !range.isEmpty else { return range }
        var (start, end) = (range.lowerBound, range.upperBound)
        while isInWord(start), isInWord(start - 1), range.lowerBound - start < 40 { start -= 1 }
        while isInWord(end - 1), isInWord(end), end - range.upperBound < 40 { end += 1 }
        guard start..<end != range else { return range }
        var next = end
        for _ in 0..<4 {
            guard text[next] == " ", next + 1 < text.count, text.original[next + 1].isCapitalLetter else { break }
            next += 1
            while isInWord(next) { next += 1 }
            if hasLegalForm(text.original(start..<next)) { return start..<next }
        }
        return start..<end
    }

    /// With the capitalised words before it, of which the model leaves some: `Harborlight` of `Harborlight Cloud`.
    static func whole(_ range: Range<Int>, in text: FoldedText) -> Range<Int> {
        let range = words(range, in: text)
        guard !range.isEmpty, text[range.lowerBound]?.isLatinLetter == true else { return range }
        var start = range.lowerBound
        for _ in 0..<2 {
            var word = start
            guard text[word - 1] == " " else { break }
            word -= 1
            let end = word
            while let scalar = text[word - 1], scalar.isLatinLetter { word -= 1 }
            let isFirst = word == text.trimmed.lowerBound
            guard end - word >= 3, text.original[word].isCapitalLetter, isFirst || text[word - 1] == " ",
                isFirst || text[word - 2].map({ $0 != "." && $0 != ":" }) ?? false,
                RatingScale().level(of: text.original(word..<end)) == nil,
                DateReader.months.match(text, at: word) == nil
            else { break }
            start = word
        }
        return start..<range.upperBound
    }

    /// Whether a name is the beginning of another: `Halden` of `Halden Ferries`.
    static func isShort(_ short: String, of long: String) -> Bool {
        guard short.unicodeScalars.count >= 2, long.hasPrefix(short), long.count > short.count else { return false }
        let isHan = short.unicodeScalars.first?.isHan == true
        return isHan || long.dropFirst(short.count).first == " "
    }
}
