import MillDocument
import MillValue

// Values as rows of figures.csv and fields.csv.

extension ReportFigure {
    static let columns = [
        "file", "page", "box", "name", "period", "value", "unit", "change", "change_unit", "kind", "raw", "confidence", "flags",
    ]

    package func row(file: String) -> [String] {
        let origin = provenance.first
        return [
            file, origin.pageText, origin.boxText, name, period ?? "", Value.number(value?.number).plainText, value?.unit ?? "",
            Value.number(change?.number).plainText, change?.unit ?? "", kind?.rawValue ?? "", origin?.raw ?? "",
            origin.confidenceText, flags.joined(separator: " "),
        ]
    }
}

extension ReportField {
    static let columns = ["file", "page", "box", "name", "type", "value", "unit", "scale", "raw", "confidence", "flags"]

    package func row(file: String) -> [String] {
        let value = encoded
        let origin = provenance.first
        return [
            file, origin.pageText, origin.boxText, name, value["type"].plainText, value["value"].plainText,
            value["unit"].plainText, value["scale"].plainText, origin?.raw ?? "", origin.confidenceText,
            flags.joined(separator: " "),
        ]
    }
}

extension Value {
    /// A text as it is, a number in digits, nothing for null.
    var plainText: String { isNull ? "" : string ?? json() }
}

extension Value? {
    var plainText: String { self?.plainText ?? "" }
}

extension PageBox {
    /// The smallest box around all places that are on the first one's page.
    init?(around places: [PagePlace]) {
        guard let first = places.first else { return nil }
        self = places.dropFirst().reduce(first.box) { $1.page == first.page ? $0.union($1.box) : $0 }
    }
}

extension Provenance? {
    fileprivate var pageText: String { self?.places.first.map { "\($0.page)" } ?? "" }

    /// `left top right bottom` in points, around all lines on the first page.
    fileprivate var boxText: String {
        PageBox(around: self?.places ?? [])?.encoded.list?.map(\.plainText).joined(separator: " ") ?? ""
    }

    fileprivate var confidenceText: String { self.map { Value.rounded($0.confidence, to: 10_000).plainText } ?? "" }
}
