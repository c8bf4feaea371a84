import MillDocument
import MillValue

/// What a report really says, from the JSON beside a sample.
package struct ReportTruth: Sendable {
    package struct Field: Sendable {
        package let name: String
        /// The values that count as right; several at once for lists such as analysts.
        package let values: [Value]
        package let also: [String]
        package let currency: String?
        package let scale: String?
        package let places: [PagePlace]
    }

    package struct Metric: Sendable {
        package let names: [String]
        package let period: String?
        /// nil where only its change is told.
        package let value: Double?
        package let unit: String?
        package let raw: String
        package let change: Double?
        package let isEstimate: Bool
        package let places: [PagePlace]
    }

    package let file: String
    package let kind: String
    /// `en`, `zh` or `mixed`.
    package let language: String
    /// `text`, `scan`, `mixed`, `garbage`.
    package let layer: String
    /// Of an encrypted file.
    package let password: String?
    package let fields: [Field]
    package let metrics: [Metric]

    /// - Throws: ``EvaluationError/invalidGroundTruth(reason:)``.
    package init(_ value: Value) throws(EvaluationError) {
        func text(_ key: String) throws(EvaluationError) -> String {
            guard let text = value[key]?.string else { throw .invalidGroundTruth(reason: "\(key) is missing or no text") }
            return text
        }
        file = try text("file")
        kind = try text("kind")
        language = try text("language")
        layer = try text("layer")
        password = value["password"]?.string
        guard let fields = value["fields"]?.map, let metrics = value["metrics"]?.list else {
            throw .invalidGroundTruth(reason: "fields or metrics are missing")
        }
        var all: [Field] = []
        for (name, field) in fields {
            guard let content = field["value"] else { throw .invalidGroundTruth(reason: "the field \(name) has no value") }
            all.append(
                Field(
                    name: name, values: content.list ?? [content], also: (field["also"]?.list ?? []).compactMap(\.string),
                    currency: field["currency"]?.string, scale: field["scale"]?.string,
                    places: try Self.places(field["places"], name)))
        }
        self.fields = all
        var items: [Metric] = []
        for (index, metric) in metrics.enumerated() {
            let (number, change) = (metric["value"]?.double, metric["change"]?["value"]?.double)
            guard let name = metric["name"]?.string, number != nil && metric["unit"]?.string != nil || change != nil else {
                throw .invalidGroundTruth(reason: "metric \(index) has no name, or neither value and unit nor change")
            }
            items.append(
                Metric(
                    names: [name] + (metric["also"]?.list ?? []).compactMap(\.string), period: metric["period"]?.string,
                    value: number, unit: metric["unit"]?.string, raw: metric["raw"]?.string ?? "", change: change,
                    isEstimate: metric["estimate"]?.bool ?? false, places: try Self.places(metric["places"], name)))
        }
        self.metrics = items
    }

    /// Places of texts, which have lines and columns, are left out.
    private static func places(_ value: Value?, _ name: String) throws(EvaluationError) -> [PagePlace] {
        var places: [PagePlace] = []
        for place in value?.list ?? [] where place["line"] == nil {
            guard let page = place["page"]?.int, let box = place["box"]?.list?.compactMap(\.double), box.count == 4 else {
                throw .invalidGroundTruth(reason: "a place of \(name) has no page or no box of four numbers")
            }
            places.append(PagePlace(page: page, box: PageBox(left: box[0], top: box[1], right: box[2], bottom: box[3])))
        }
        return places
    }
}
