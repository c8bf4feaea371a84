import MillDocument
public import MillValue

extension ReportRecord {
    /// What the key `format` of a record says.
    public static let format = "millrace.report/1"

    /// The record as JSON of the published schema (``schema``). Boxes are rounded to 0.01 points, confidences to 0.0001, and
    /// numbers that are not finite are left out; everything else comes back from ``init(_:)`` as it was.
    public var value: Value {
        [
            "format": .string(Self.format),
            "file": .string(file),
            "sha256": .string(sha256),
            "status": .string(status.rawValue),
            "reason": .text(reason),
            "language": .text(language),
            "pages": .list(pages.map(\.encoded)),
            "fields": .list(fields.map(\.encoded)),
            "figures": .list(figures.map(\.encoded)),
            "tables": .list(tables.map(\.encoded)),
            "findings": .list(findings.map(\.encoded)),
        ]
    }
}

extension Value {
    /// Null for a text that is not there.
    static func text(_ text: String?) -> Value { text.map { .string($0) } ?? .null }

    /// A number in its shortest form: whole ones without a fraction. Null for one that is none.
    static func number(_ number: Double?) -> Value {
        guard let number, number.isFinite else { return .null }
        // Beyond 2^53 not every whole number is a double; and a whole number has no -0.
        guard abs(number) < 9_007_199_254_740_992, number != 0 || number.sign == .plus, let whole = Int(exactly: number) else {
            return .double(number)
        }
        return .int(whole)
    }

    static func rounded(_ number: Double, to steps: Double) -> Value {
        let rounded = (number * steps).rounded() / steps
        // Adding 0 makes 0 of -0.
        return rounded.isFinite ? .number(rounded + 0) : .int(0)
    }

    static func strings(_ strings: [String]) -> Value { .list(strings.map { .string($0) }) }

    static func range(_ range: Range<Int>) -> Value { .list([.int(range.lowerBound), .int(range.upperBound)]) }
}

extension PageBox {
    var encoded: Value { .list([left, top, right, bottom].map { .rounded($0, to: 100) }) }
}

extension PagePlace {
    var encoded: Value { ["page": .int(page), "box": box.encoded] }
}

extension PlacedText {
    /// The places of its words, each with the code points of the text that stand there.
    var placesValue: Value {
        .list(
            pieces.map { piece in
                var place: ValueMap = [
                    "page": .int(piece.place.page), "box": piece.place.box.encoded, "range": .range(piece.range),
                ]
                if piece.confidence < 1 { place["confidence"] = .rounded(piece.confidence, to: 10_000) }
                return .map(place)
            })
    }
}

extension ReportRecord.Page {
    var encoded: Value {
        [
            "page": .int(number), "width": .rounded(width, to: 100), "height": .rounded(height, to: 100),
            "source": .string(source), "turn": .int(turn),
        ]
    }
}

extension Provenance {
    var encoded: Value {
        [
            "raw": .string(raw), "places": .list(places.map(\.encoded)), "range": .range(range), "in_table": .bool(isInTable),
            "confidence": .rounded(confidence, to: 10_000),
        ]
    }
}

extension Amount {
    var encoded: Value { ["value": .number(number), "unit": .text(unit)] }
}

extension ReportField {
    var encoded: Value {
        var map: ValueMap = ["name": .string(name)]
        switch content {
        case .text(let text):
            map["type"] = "text"
            map["value"] = .string(text)
        case .amount(let amount) where !amount.number.isFinite:
            map["type"] = "text"
            map["value"] = .string(provenance.first?.raw ?? "")
        case .amount(let amount):
            map["type"] = "amount"
            map["value"] = .number(amount.number)
            map["unit"] = .text(amount.unit)
        case .date(let date):
            map["type"] = "date"
            map["value"] = .string(date)
        case .rating(let rating, let scale):
            map["type"] = "rating"
            map["value"] = .string(rating)
            map["scale"] = .text(scale)
        }
        map["provenance"] = .list(provenance.map(\.encoded))
        map["flags"] = .strings(flags)
        return .map(map)
    }
}

extension ReportFigure {
    var encoded: Value {
        [
            "name": .string(name),
            "period": .text(period),
            "value": .number(value?.number),
            "unit": .text(value?.unit),
            "change": change.flatMap { $0.number.isFinite ? $0.encoded : nil } ?? .null,
            "kind": .text(kind?.rawValue),
            "provenance": .list(provenance.map(\.encoded)),
            "name_provenance": nameProvenance?.encoded ?? .null,
            "period_provenance": periodProvenance?.encoded ?? .null,
            "change_provenance": changeProvenance?.encoded ?? .null,
            "flags": .strings(flags),
        ]
    }
}

extension ReportTable {
    var encoded: Value {
        [
            "caption": .text(caption),
            "places": .list(places.map(\.encoded)),
            "rows": .int(grid.rowCount),
            "columns": .int(grid.columnCount),
            "header_rows": .int(grid.headerRowCount),
            "header_columns": .int(grid.headerColumnCount),
            "ruled": .bool(grid.isRuled),
            "printed_caption": grid.caption.map { ["text": .string($0.text), "places": $0.placesValue] } ?? .null,
            "cells": .list(grid.cells.map(\.encoded)),
        ]
    }
}

extension DocumentTable.Cell {
    var encoded: Value {
        [
            "row": .int(row), "column": .int(column), "row_span": .int(rowSpan), "column_span": .int(columnSpan),
            "text": .string(text.text), "places": text.placesValue,
        ]
    }
}

extension ReportFinding {
    var encoded: Value {
        ["code": .string(code), "message": .string(message), "places": .list(places.map(\.encoded))]
    }
}
