import MillDocument

/// Finds fields in titles, headings and short lines of the first page: dates, tickers, `Name: value`.
struct HeadFieldReader {
    let source: DocumentSource
    let values: FieldValueReader

    private static let short = 160

    func candidates() -> [FieldCandidate] {
        var result: [FieldCandidate] = []
        var position = 0
        let running = source.document.items.filter { $0.kind == .pageHeader || $0.kind == .pageFooter }.map(\.text.text)
            .prefix(40)
        // The name of a short line whose value may be the next one.
        var above: String?
        // How many more items may be names of analysts.
        var underAnalysts = 0
        for (index, item) in source.document.items.enumerated() {
            if let table = item.table, item.places.first?.page == 1, position <= 8 {
                above = nil
                for cell in source.cells(ofItem: index, table).prefix(60)
                where cell.folded.count <= 160 && cell.folded.scalars.contains(":") {
                    result += named(cell, 1)
                }
                for cell in titles(of: table, index) {
                    if let company = company(cell, true) { result.append(company) }
                    result += tickers(cell, true)
                }
            }
            guard item.table == nil, item.text.count > 0,
                let page = item.places.first?.page ?? item.text.pieces.first?.place.page, page <= 2
            else { continue }
            let text = source.source(ofItem: index)
            let isHead = item.kind == .title || item.kind.isHeading
            position += 1
            let isRunning = item.kind != .title && running.contains { $0.contains(text.text) }
            if isHead || text.folded.count <= 30 {
                underAnalysts = FieldNames.field(of: text.folded) == "analyst" ? 4 : isHead && !isPerson(text) ? 0 : underAnalysts
            }
            if underAnalysts > 0, !isRunning,
                isPerson(text) || text.folded.count <= 120 && People.names(in: text).count > 1
            {
                underAnalysts -= 1
                for person in People.names(in: text) {
                    guard let provenance = text.provenance(person) else { continue }
                    result.append(
                        FieldCandidate(
                            name: "analyst", content: .text(text.folded.original(person).trimmedBlanks), provenance: provenance,
                            weight: 3))
                }
            }
            if page == 1, item.kind == .paragraph || isHead && isLast(index, page), !isRunning,
                underAnalysts == 0, isPerson(text), let person = People.names(in: text).first,
                let provenance = text.provenance(person)
            {
                // A name in a line of its own signs a report.
                result.append(
                    FieldCandidate(
                        name: "analyst", content: .text(text.folded.original(person).trimmedBlanks), provenance: provenance,
                        weight: 1.2))
            }
            if page == 1, position <= 8, let company = company(text, isHead) { result.append(company) }
            if page == 1, position <= 4, let letterhead = letterhead(text) { result.append(letterhead) }
            if page == 1, item.kind != .pageHeader, item.kind != .pageFooter {
                let hasTitle = ["cfa", "phd"].contains { text.folded.folded(0..<text.folded.count).contains($0) }
                if underAnalysts == 0, !isHead || hasTitle { result += signed(text) }
                if item.kind == .title, let company = companyOfTitle(text) { result.append(company) }
                if let above { result += LineFieldReader(values: values).whole(above, text.folded, at: 0, of: text) }
                above = text.folded.count <= 40 ? FieldNames.field(of: text.folded) : nil
            }
            if page == 1 {
                result += dates(text, position, isHead)
                result += tickers(text, isHead)
            }
            if page == 1, text.folded.count <= 400, item.kind != .pageHeader, item.kind != .pageFooter {
                result += LineFieldReader(values: values).candidates([text]).filter { FieldNames.isPlain($0.name) }
            }
            if text.folded.count <= 600 { result += named(text, page) }
        }
        return result
    }

    /// Whether nothing but pictures and running text follows on its page.
    private func isLast(_ index: Int, _ page: Int) -> Bool {
        source.document.items[(index + 1)...].lazy.prefix { ($0.places.first?.page ?? page) == page }.allSatisfy {
            $0.kind == .picture || $0.kind == .pageFooter || $0.kind == .pageHeader
        }
    }

    /// Whether an item is nothing but the name of a person.
    private func isPerson(_ source: SourceText) -> Bool {
        let text = source.folded
        return text.count <= 60
            && People.names(in: source).contains { name in
                // A licence or a telephone number may stand behind it.
                let rest = text.scalars[name.upperBound..<max(name.upperBound, text.trimmed.upperBound)]
                return name.count + 8 >= text.trimmed.count
                    || name.lowerBound == text.trimmed.lowerBound && rest.count { $0.isLatinLetter || $0.isHan } <= 1
            }
    }

    // MARK: Dates

    private static let ends = [
        "ended", "ending", "ended on", "to", "until", "since", "at", "as at", "as of", "on", "close", "截至", "至",
    ]

    /// The first dates of the document are mostly its own, except ends of periods and dates of prices.
    private func dates(_ source: SourceText, _ position: Int, _ isHead: Bool) -> [FieldCandidate] {
        let text = source.folded
        var result: [FieldCandidate] = []
        var place = 0
        while place < min(text.count, 1200), result.count < 3 {
            guard let first = DateReader().date(at: place, in: text), text[place - 1]?.isASCIIDigit != true,
                text[place - 1]?.isLatinLetter != true
            else {
                place += 1
                continue
            }
            var found = first
            var range = place..<found.end
            place = found.end
            // `14 July to 18 July`: a report on a week appears at its end.
            if let last = lastDay(from: first.date, after: first.end, in: text) {
                range = last.range
                found = (last.date, last.range.upperBound)
                place = range.upperBound
            }
            let before = text.folded(max(0, range.lowerBound - 14)..<range.lowerBound)
            let isEnd =
                ["ended ", "ending ", "year to ", "截至", "ended on ", "months to "].contains { before.hasSuffix($0) }
                || text.has("止", at: range.upperBound)
            let sentence = text.folded(max(0, range.lowerBound - 36)..<range.lowerBound)
            let isPrice =
                ["close", "price", "priced", "收盘", "收市"].contains { before.contains($0) }
                || ["closed at", "closing at", "close of", "closed on"].contains { sentence.contains($0) }
                || ["数据", "收盘", "收市"].contains { text.has($0, at: range.upperBound) } && sentence.contains("价")
            // `于二零二五年二月二十八日，本集团…`: the day of a figure.
            let isOfFigure =
                text.count > 40 && ["于", "於"].contains { before.hasSuffix($0) }
                || source.isSentence && !isHead && before.hasSuffix("at ") && !before.hasSuffix("as at ")
            guard !isEnd, !isOfFigure, let provenance = source.provenance(range) else { continue }
            if isPrice {
                // `Price at close on 20 January 2025`
                if text.count <= Self.short {
                    result.append(
                        FieldCandidate(
                            name: "price_date", content: .date(found.date.iso), provenance: provenance, weight: 1.5))
                }
                continue
            }
            let isShort = text.count <= Self.short
            let isAlone = range.count * 2 >= text.count
            let weight = (isShort ? 2.0 : 0.3) + (isAlone ? 1 : 0) + (isHead ? 0.5 : 0) - min(1, Double(position) * 0.04)
            result.append(
                FieldCandidate(name: "report_date", content: .date(found.date.iso), provenance: provenance, weight: weight))
        }
        return result
    }

    /// The second day of a range; nil where none follows.
    private func lastDay(from first: CalendarDate, after end: Int, in text: FoldedText) -> (
        date: CalendarDate, range: Range<Int>
    )? {
        var place = text.afterBlanks(end)
        if text[place] == "至" || text[place] == "-" || text[place] == "~" {
            place += 1
        } else if let after = text.after("to", at: place) {
            place = after
        } else {
            return nil
        }
        place = text.afterBlanks(place)
        guard let last = DateReader(defaultYear: first.year).date(at: place, in: text) else { return nil }
        return (last.date, place..<last.end)
    }

    // MARK: Names with colons

    /// `Target price: HK$12.30`, `目标价：32.50港元`, `Invoice number 4711`.
    func named(_ source: SourceText, _ page: Int) -> [FieldCandidate] {
        let text = source.folded
        var result: [FieldCandidate] = []
        let found = FieldNames.words.all(in: text, 0..<text.count)
        for (index, match) in found.enumerated() {
            guard match.meaning != "previous" else { continue }
            var place = match.range.upperBound
            while let scalar = text[place], scalar == " " { place += 1 }
            // In brackets a note or the other language may stand before the colon.
            if text[place] == "(", let close = text.scalars[place..<min(text.count, place + 24)].firstIndex(of: ")") {
                place = text.afterBlanks(close + 1)
            }
            guard text[place] == ":" else { continue }
            place = text.afterBlanks(place + 1)
            var end =
                index + 1 < found.count && text[found[index + 1].range.upperBound] == ":"
                ? found[index + 1].range.lowerBound : text.count
            if let stop = text.scalars[place..<max(place, end)].firstIndex(where: {
                $0 == ";" || $0 == "|" || $0 == "。" || $0 == "；"
            }) {
                end = stop
            }
            guard place < end else { continue }
            let words = FoldedText(text.original(place..<min(end, place + 120)))
            let name = match.meaning
            if FieldNames.kind(of: name) == .people {
                for person in People.names(in: words) {
                    guard let provenance = source.provenance(place + person.lowerBound..<place + person.upperBound) else {
                        continue
                    }
                    result.append(
                        FieldCandidate(
                            name: name, content: .text(words.original(person).trimmedBlanks), provenance: provenance, weight: 2))
                }
                continue
            }
            guard let read = values.read(name, words), read.range.lowerBound <= 3 || FieldNames.kind(of: name) == .text,
                let provenance = source.provenance(place + read.range.lowerBound..<place + read.range.upperBound)
            else { continue }
            result.append(
                FieldCandidate(
                    name: name, content: read.content, provenance: provenance, weight: page == 1 ? 3 : 1.5, flags: read.flags))
        }
        return result
    }
}

extension DocumentItem.Kind {
    var isHeading: Bool { if case .heading = self { true } else { false } }
}
