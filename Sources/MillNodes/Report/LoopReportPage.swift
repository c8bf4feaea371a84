import MillEvaluation
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

    package init(
        title: String, summary: String, frames: [FrameRecord], graph: String,
        tables: [(heading: String, header: [String], rows: [[String]])]
    ) {
        self.title = title
        self.summary = summary
        self.frames = frames
        self.graph = graph
        self.tables = tables
    }

    package var html: String {
        var page = Self.head.replacing("{{title}}", with: Self.escape(title))
        page += "<h1>\(Self.escape(title))</h1>\n<p>\(Self.escape(summary))</p>\n"
        for table in tables { page += Self.table(table.heading, table.header, table.rows) }
        page += "<h2>The graph</h2>\n<div class=\"graph\">\(graph)</div>\n"
        page += "<h2>The home over time</h2>\n\(HomeTimeline(frames: frames).svg)\n"
        page += "<h2>Frames</h2>\n<div class=\"frames\">\n"
        for frame in frames { page += card(frame) }
        return page + "</div>\n</body></html>\n"
    }

    private func card(_ frame: FrameRecord) -> String {
        var card = "<article><div class=\"picture\">"
        if let picture = frame.picture {
            card +=
                "<img alt=\"\(Self.escape(frame.key))\" src=\"data:\(Self.mediaType(picture));base64,\(Base64.encode(picture))\">"
        }
        let objects = frame.scene["objects"]?.list ?? []
        for object in objects {
            guard let box = Box(object["box"]) else { continue }
            let place = [
                ("left", box.left), ("top", box.top), ("width", box.right - box.left), ("height", box.bottom - box.top),
            ].map { "\($0.0):\(Self.percent($0.1))" }.joined(separator: ";")
            let score = object["score"]?.double.map { " \(Int(($0 * 100).rounded())) %" } ?? ""
            card +=
                "<div class=\"box\" style=\"\(place)\"><span>\(Self.escape(FrameRecord.describe(object: object)))\(score)</span></div>"
        }
        card += "</div><h3>\(Self.escape(frame.key))</h3><p>"
        let setting = ["people", "activity", "light"].compactMap { key -> String? in
            guard let value = frame.scene[key] else { return nil }
            return "\(key): <b>\(Self.escape(value.string ?? value.json()))</b>"
        }
        card += setting.joined(separator: " · ") + "</p><ul>"
        for event in frame.events { card += "<li class=\"event\">\(Self.escape(FrameRecord.describe(event: event)))</li>" }
        for outcome in frame.outcomes {
            let result = Self.escape(outcome["result"]?.string ?? "")
            card += "<li class=\"outcome \(result)\">\(Self.escape(FrameRecord.describe(outcome: outcome)))</li>"
        }
        return card + "</ul></article>\n"
    }

    private static func table(_ heading: String, _ header: [String], _ rows: [[String]]) -> String {
        func row(_ cells: [String], _ tag: String) -> String {
            "<tr>" + cells.map { "<\(tag)>\(escape($0))</\(tag)>" }.joined() + "</tr>\n"
        }
        return "<h2>\(escape(heading))</h2>\n<table>\(row(header, "th"))\(rows.map { row($0, "td") }.joined())</table>\n"
    }

    private static func percent(_ fraction: Double) -> String { "\((fraction * 1000).rounded() / 10)%" }

    private static func mediaType(_ picture: Tensor) -> String {
        picture.withBytes { $0.byteCount > 0 && $0.unsafeLoad(as: UInt8.self) == 0x89 } ? "image/png" : "image/jpeg"
    }

    static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
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
        .box span { position: absolute; left: -2px; top: -2px; background: var(--accent); color: #fff; font-size: 11px;
          line-height: 1.3; padding: 0 4px; white-space: nowrap }
        .confirmed { color: #178a3a } .timeout, .refused, .failed, .unknown, .expired { color: #c2321e }
        svg text { font: 12px system-ui, sans-serif; fill: currentColor }
        </style></head><body>

        """
}
