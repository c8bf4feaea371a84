import MillEvaluation
import MillGraph
import MillImage
import MillTensor
import MillValue

/// The report of a run as one HTML file that opens from disk without a network.
package struct LoopReportPage {
    package var title: String
    package var summary: String
    package var frames: [FrameRecord]
    /// The pipeline's graph as SVG.
    package var graph: String
    /// Tables to show: heading, header row, rows.
    package var tables: [(heading: String, header: [String], rows: [[String]])]
    /// Why packets could not be processed; a frame's card shows its own.
    package var failures: [PacketFailure]

    package init(
        title: String, summary: String, frames: [FrameRecord], graph: String,
        tables: [(heading: String, header: [String], rows: [[String]])], failures: [PacketFailure] = []
    ) {
        self.title = title
        self.summary = summary
        self.frames = frames
        self.graph = graph
        self.tables = tables
        self.failures = failures
    }

    package var html: String {
        var page = Self.head.replacing("{{title}}", with: title.escapedForMarkup)
        page += "<h1>\(title.escapedForMarkup)</h1>\n<p>\(summary.escapedForMarkup)</p>\n"
        for table in tables { page += Self.table(table.heading, table.header, table.rows) }
        page += "<h2>The graph</h2>\n<div class=\"graph\">\(graph)</div>\n"
        page += "<h2>The home over time</h2>\n\(HomeTimeline(frames: frames).svg)\n"
        page += "<h2>Frames</h2>\n<div class=\"frames\">\n"
        for frame in frames { page += card(frame) }
        return page + "</div>\n</body></html>\n"
    }

    private func card(_ frame: FrameRecord) -> String {
        let failures = failures.filter { $0.sequence == frame.sequence && $0.key == frame.key }
        var card = "<article><div class=\"picture\">"
        if let picture = frame.picture {
            // What a decoder refused a browser would show as a broken picture.
            if failures.isEmpty || (try? ImageDecoder.decode(picture)) != nil {
                let bytes = picture.withBytes { Base64.encode($0) }
                card += "<img alt=\"\(frame.key.escapedForMarkup)\" src=\"data:\(Self.mediaType(picture));base64,\(bytes)\">"
                card += boxes(frame, picture)
            } else {
                card += "<p class=\"missing\">no picture</p>"
            }
        }
        card += "</div><h3>\(frame.key.escapedForMarkup)</h3><p>"
        let setting = ["people", "activity", "light"].compactMap { key -> String? in
            guard let value = frame.scene[key] else { return nil }
            return "\(key): <b>\((value.string ?? value.json()).escapedForMarkup)</b>"
        }
        card += setting.joined(separator: " · ") + "</p><ul>"
        for failure in failures { card += "<li class=\"failed\">\("\(failure.node): \(failure.reason)".escapedForMarkup)</li>" }
        for event in frame.events { card += "<li class=\"event\">\(FrameRecord.describe(event: event).escapedForMarkup)</li>" }
        for outcome in frame.outcomes {
            let result = (outcome["result"]?.string ?? "").escapedForMarkup
            card += "<li class=\"outcome \(result)\">\(FrameRecord.describe(outcome: outcome).escapedForMarkup)</li>"
        }
        return card + "</ul></article>\n"
    }

    /// The objects' boxes, and above these their labels, which stay inside the picture and beside one another.
    private func boxes(_ frame: FrameRecord, _ picture: Tensor) -> String {
        var boxes = ""
        var labels = LabelLayout(pictureRatio: Self.ratio(of: picture))
        var texts: [String] = []
        for object in frame.scene["objects"]?.list ?? [] {
            guard let box = Box(object["box"]) else { continue }
            let score = object["score"]?.double.map { " \(Int(($0 * 100).rounded())) %" } ?? ""
            texts.append(FrameRecord.describe(object: object) + score)
            labels.add(text: texts[texts.count - 1], left: box.left, top: box.top)
            let place = Self.style([
                ("left", box.left), ("top", box.top), ("width", box.right - box.left), ("height", box.bottom - box.top),
            ])
            boxes += "<div class=\"box\" style=\"\(place)\"></div>"
        }
        for (text, label) in zip(texts, labels.boxes) {
            let place = Self.style([("left", label.left), ("top", label.top)])
            boxes += "<span class=\"label\" style=\"\(place)\">\(text.escapedForMarkup)</span>"
        }
        return boxes
    }

    /// Height over width of the upright picture.
    private static func ratio(of picture: Tensor) -> Double {
        let header = picture.withBytes { span in span.withUnsafeBytes { try? ImageDecoder.header(of: $0) } }
        return header.map { Double($0.height) / Double(max($0.width, 1)) } ?? 0.75
    }

    private static func style(_ lengths: [(name: String, fraction: Double)]) -> String {
        lengths.map { "\($0.name):\(percent($0.fraction))" }.joined(separator: ";")
    }

    private static func table(_ heading: String, _ header: [String], _ rows: [[String]]) -> String {
        func row(_ cells: [String], _ tag: String) -> String {
            "<tr>" + cells.map { "<\(tag)>\($0.escapedForMarkup)</\(tag)>" }.joined() + "</tr>\n"
        }
        return "<h2>\(heading.escapedForMarkup)</h2>\n<table>\(row(header, "th"))\(rows.map { row($0, "td") }.joined())</table>\n"
    }

    private static func percent(_ fraction: Double) -> String { "\((fraction * 1000).rounded() / 10)%" }

    private static func mediaType(_ picture: Tensor) -> String {
        picture.withBytes { $0.byteCount > 0 && $0.unsafeLoad(as: UInt8.self) == 0x89 } ? "image/png" : "image/jpeg"
    }

    private static let head = """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>{{title}}</title>
        <style>
        :root { color-scheme: light dark; --line: #8886; --accent: #2a7de1 }
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1200px; padding: 0 1rem }
        h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2rem } h3 { font-size: 1rem; margin: .6rem 0 0 }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums }
        th, td { text-align: right; padding: .2rem .8rem; border-bottom: 1px solid var(--line) }
        th:first-child, td:first-child { text-align: left }
        .graph, .timeline { overflow-x: auto } .graph svg { max-width: 100%; height: auto }
        .frames { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 1.2rem }
        article { border: 1px solid var(--line); border-radius: 8px; padding: .8rem }
        article p { margin: .2rem 0; font-size: .9rem } article ul { margin: .3rem 0 0; padding-left: 1.1rem; font-size: .9rem }
        .picture { position: relative } .picture img { display: block; width: 100%; border-radius: 4px }
        .box { position: absolute; border: 2px solid var(--accent); box-sizing: border-box }
        .label { position: absolute; background: var(--accent); color: #fff; font-size: 11px; line-height: 15px; padding: 0 4px;
          max-width: 100%; box-sizing: border-box; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
        .missing { border: 1px dashed var(--line); border-radius: 4px; padding: 3rem 0; text-align: center }
        .confirmed { color: #178a3a } .timeout, .refused, .failed, .unknown, .expired { color: #c2321e }
        .timeline text { font: 12px system-ui, sans-serif; fill: currentColor }
        </style></head><body>

        """
}
