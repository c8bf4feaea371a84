import MillModels

/// Turns the model's entities into candidates of fields.
struct EntityFieldReader {
    let feed: LedgerFeed
    let values: FieldValueReader

    private static let fields = [
        "company": "company", "ticker": "ticker", "exchange": "exchange", "rating": "rating",
        "previous_rating": "previous_rating",
        "target_price": "target_price", "previous_target": "previous_target_price", "current_price": "price",
        "price_date": "price_date",
        "analyst": "analyst", "broker": "broker",
    ]

    func candidates(_ entities: [LedgerEntity]) -> [FieldCandidate] {
        var result: [FieldCandidate] = []
        for (index, entity) in entities.enumerated() {
            guard let name = Self.fields[entity.label], let place = feed.place(of: entity.range) else { continue }
            var weight = (place.page == 1 ? 2.0 : 1.0) + (place.isHeading ? 1 : 0)
            if name == "company", place.isFurniture || CompanyNames.isSector(place.source.folded.folded(place.range)) {
                weight *= 0.2
            }
            guard let content = content(name, place, index, entities), let provenance = place.source.provenance(content.range)
            else { continue }
            result.append(
                FieldCandidate(name: name, content: content.content, provenance: provenance, weight: weight, flags: content.flags)
            )
        }
        return result
    }

    private func content(
        _ name: String, _ place: LedgerFeed.Place, _ index: Int, _ entities: [LedgerEntity]
    ) -> (content: ReportField.Content, range: Range<Int>, flags: [String])? {
        let text = place.source.folded
        switch FieldNames.kind(of: name) {
        case .price, .amount:
            guard case .number(let number) = NumberReader().around(place.range, in: text),
                number.measure == nil || number.measure == .perShare
            else { return nil }
            return (
                .amount(Amount(number: number.number.withoutNoise, unit: number.currency ?? values.currency)), number.range,
                number.isCorrected ? ["corrected"] : []
            )
        case .date:
            let words = FoldedText(text.original(place.range))
            guard let date = DateReader(defaultYear: values.context.year).first(in: words) else { return nil }
            return (.date(date.date.iso), place.range, [])
        case .rating:
            let words = text.original(place.range).trimmedBlanks
            return (.rating(words, scale: RatingScale().level(of: words)), place.range, [])
        case .ticker:
            // The exchange belongs to the code where it stands beside it: `HLDF LN`, `0700.HK`.
            var range = place.range
            if index + 1 < entities.count, entities[index + 1].label == "exchange",
                let next = feed.place(of: entities[index + 1].range),
                next.source.base == place.source.base, next.range.lowerBound - range.upperBound <= 1,
                next.range.lowerBound >= range.upperBound
            {
                range = range.lowerBound..<next.range.upperBound
            }
            return (.text(text.original(range)), range, [])
        case .people:
            let range = People.whole(FieldValueReader.plain(text, place.range), in: text)
            // Two names in two lines are no name.
            guard
                People.lines(of: place.source).contains(where: {
                    $0.contains(range.lowerBound) && range.upperBound <= $0.upperBound + 1
                }) || place.source.isInTable || range.count < 20 || text.count > 4000
            else { return nil }
            return range.isEmpty ? nil : (.text(text.original(range).trimmedBlanks), range, [])
        case .text:
            var range = FieldValueReader.plain(text, place.range)
            if name == "company" { range = CompanyNames.whole(range, in: text) }
            return range.isEmpty ? nil : (.text(text.original(range).trimmedBlanks), range, [])
        }
    }
}
