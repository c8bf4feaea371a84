/// Reads names and values that stand in lines of one block without colons, as the heads of invoices have them:
/// `Invoice no. 2024/118`, `Date 17 March 2025`; or the names in one block and the values in the block beside it.
struct LineFieldReader {
    let values: FieldValueReader

    private typealias Line = (range: Range<Int>, text: FoldedText)

    /// Of blocks that stand side by side, such as the cells of a row.
    func candidates(_ blocks: [SourceText]) -> [FieldCandidate] {
        var result: [FieldCandidate] = []
        for (index, block) in blocks.enumerated() where block.folded.count <= 400 {
            let lines = Self.lines(block)
            guard !lines.isEmpty, lines.count <= 12 else { continue }
            let names = lines.map { FieldNames.field(of: $0.text) }
            if lines.count > 1, index + 1 < blocks.count, names.count(where: { $0 != nil }) >= 2 {
                let beside = Self.lines(blocks[index + 1])
                // Boxes side by side have names of their own.
                if beside.count == lines.count, !beside.contains(where: { FieldNames.field(of: $0.text) != nil }) {
                    for (name, line) in zip(names, beside) {
                        if let name { result += read(name, line.text, at: line.range.lowerBound, of: blocks[index + 1]) }
                    }
                    continue
                }
            }
            for (index, line) in lines.enumerated() {
                let found = row(line, block)
                result += found.isEmpty ? inline(line, block) : found
                // A name above its value.
                if let name = names[index], index + 1 < lines.count {
                    result += whole(name, lines[index + 1].text, at: lines[index + 1].range.lowerBound, of: block)
                }
            }
        }
        // A date beside the number of an invoice is the invoice's.
        if result.contains(where: { $0.name == "invoice_number" }) {
            for index in result.indices where result[index].name == "report_date" { result[index].name = "invoice_date" }
        }
        return result
    }

    /// A name and its value in one line.
    private func inline(_ line: Line, _ block: SourceText) -> [FieldCandidate] {
        let text = line.text
        guard let match = FieldNames.words.match(text, at: text.trimmed.lowerBound) else { return [] }
        var place = match.end
        while let scalar = text[place], [" ", ":", "#"].contains(scalar) { place += 1 }
        guard place > match.end, place < text.trimmed.upperBound else { return [] }
        switch FieldNames.kind(of: match.meaning) {
        case .date: break
        case .text where ["invoice_number", "order_number"].contains(match.meaning): break
        case .text where ["customer", "seller"].contains(match.meaning):
            // `Client Redgum Apartments`
            let rest = text.original(place..<text.trimmed.upperBound).split(separator: " ")
            guard text.count <= 60, rest.count <= 6,
                rest.allSatisfy({ $0.first?.isLowercase != true || $0 == "of" || $0 == "and" }),
                !text.scalars[place..<text.trimmed.upperBound].contains(where: \.isASCIIDigit)
            else { return [] }
        default: return []
        }
        let value = FoldedText(text.original(place..<text.trimmed.upperBound))
        // The value begins at once: `Date of the meeting: 3 May` names no field.
        guard let read = values.read(match.meaning, value), read.range.lowerBound <= 1 else { return [] }
        return self.read(match.meaning, value, at: line.range.lowerBound + place, of: block)
    }

    /// Names and values in turn, such as `Rating Buy | Target price €42.00`, or one name at the beginning with its value.
    private func row(_ line: Line, _ block: SourceText) -> [FieldCandidate] {
        let text = line.text
        guard text.count <= 200 else { return [] }
        let names = FieldNames.words.all(in: text, 0..<text.count)
        var result: [FieldCandidate] = []
        for (index, name) in names.enumerated() where Self.kinds.contains(FieldNames.kind(of: name.meaning)) {
            var place = name.range.upperBound
            while let scalar = text[place], [" ", ":"].contains(scalar) { place += 1 }
            if name.meaning == "tax" { place = Self.afterRate(text, place) }
            var end = index + 1 < names.count ? names[index + 1].range.lowerBound : text.trimmed.upperBound
            if let stop = text.scalars[min(place, end)..<end].firstIndex(where: { ["|", ";", "·", "•", "\n"].contains($0) }) {
                end = stop
            }
            let isFirst = name.range.lowerBound == text.trimmed.lowerBound
            let isAfterSign = [1, 2].contains { back in text[name.range.lowerBound - back].map { $0 == "|" || $0 == "," } ?? false
            }
            guard place < end, isFirst || isAfterSign || !result.isEmpty else { continue }
            result += whole(
                name.meaning, FoldedText(text.original(place..<end)), at: line.range.lowerBound + place, of: block)
        }
        return result
    }

    /// Behind the rate of a tax: `at 20%`, `(20%)`, `20 %`.
    private static func afterRate(_ text: FoldedText, _ place: Int) -> Int {
        guard let sign = text.scalars[min(place, text.count)..<min(text.count, place + 12)].firstIndex(of: "%") else {
            return place
        }
        var end = sign + 1
        while let scalar = text[end], [" ", ")", ":"].contains(scalar) { end += 1 }
        return end
    }

    private static let kinds: Set<FieldNames.Kind> = [.price, .rating, .ticker, .date, .amount]

    /// A value that fills its text and is of its field's kind.
    func whole(_ name: String, _ text: FoldedText, at start: Int, of block: SourceText) -> [FieldCandidate] {
        let all = FieldValueReader.plain(text, text.trimmed)
        guard !all.isEmpty, all.count <= 40, Self.kinds.contains(FieldNames.kind(of: name)),
            let read = values.read(name, text), read.range.count + 2 >= all.count,
            let provenance = block.provenance(start + read.range.lowerBound..<start + read.range.upperBound)
        else { return [] }
        if case .rating(_, let scale) = read.content, scale == nil { return [] }
        if case .amount(let amount) = read.content, amount.unit == nil { return [] }
        if FieldNames.kind(of: name) == .ticker, text.original[all].contains(where: { $0.isSmallLetter }) {
            return []
        }
        return [FieldCandidate(name: name, content: read.content, provenance: provenance, weight: 3, flags: read.flags)]
    }

    private func read(_ name: String, _ text: FoldedText, at start: Int, of block: SourceText) -> [FieldCandidate] {
        guard !text.trimmed.isEmpty, let read = values.read(name, text),
            let provenance = block.provenance(start + read.range.lowerBound..<start + read.range.upperBound)
        else { return [] }
        return [FieldCandidate(name: name, content: read.content, provenance: provenance, weight: 3, flags: read.flags)]
    }

    private static func lines(_ block: SourceText) -> [Line] {
        People.lines(of: block).map { ($0, FoldedText(block.folded.original($0))) }
    }
}
