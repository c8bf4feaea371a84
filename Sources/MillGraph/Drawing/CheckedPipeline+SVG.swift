import MillValue

extension CheckedPipeline {
    /// A drawing that needs nothing else: nodes in rows along the data, types on the edges, back edges dashed at the
    /// right. It takes its colour from the text around it when it is embedded in a page.
    public func svg() -> String {
        let layout = Layout(self)
        let backEdges = edges.indices.filter { edges[$0].isBackEdge }
        let labelRoom = Double(edges.map(\.type.description.count).max() ?? 0) * 6.5
        let width = layout.width + Layout.margin + Double(backEdges.count) * 22 + labelRoom
        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.text(width)) \(Self.text(layout.height))" \
            width="\(Self.text(width))" height="\(Self.text(layout.height))" role="img" font-family="sans-serif" fill="none" \
            stroke="currentColor">
            """,
            "<title>\(name.escapedForMarkup)</title>",
            "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" "
                + "orient=\"auto-start-reverse\"><path d=\"M0,0 L8,4 L0,8 z\" fill=\"currentColor\" stroke=\"none\"/></marker></defs>",
        ]
        let (starts, ends) = anchors(layout)
        var labels = EdgeLabels(avoiding: layout.boxes)
        for index in edges.indices where !edges[index].isBackEdge {
            parts.append(forward(index, from: starts[index] ?? 0, to: ends[index] ?? 0, &labels, layout))
        }
        for (lane, index) in backEdges.enumerated() { parts.append(backward(index, lane: lane, layout)) }
        for (index, node) in nodes.enumerated() { parts.append(Self.box(node, layout.boxes[index])) }
        return (parts + ["</svg>"]).joined(separator: "\n")
    }

    /// Where edges leave and reach the boxes: spread over their width in the order of their other ends.
    private func anchors(_ layout: Layout) -> (starts: [Int: Double], ends: [Int: Double]) {
        var starts: [Int: Double] = [:]
        var ends: [Int: Double] = [:]
        for node in nodes.indices {
            let leaving = edges.indices.filter { edges[$0].from.nodeIndex == node && !edges[$0].isBackEdge }
                .sorted { firstX($0, layout) < firstX($1, layout) }
            let arriving = edges.indices.filter { edges[$0].to.nodeIndex == node && !edges[$0].isBackEdge }
                .sorted { lastX($0, layout) < lastX($1, layout) }
            let box = layout.boxes[node]
            for (place, edge) in leaving.enumerated() {
                starts[edge] = box.x + box.width * Double(place + 1) / Double(leaving.count + 1)
            }
            for (place, edge) in arriving.enumerated() {
                ends[edge] = box.x + box.width * Double(place + 1) / Double(arriving.count + 1)
            }
        }
        return (starts, ends)
    }

    private func firstX(_ edge: Int, _ layout: Layout) -> Double {
        layout.bends[edge]?.first?.x ?? layout.boxes[edges[edge].to.nodeIndex].centre
    }

    private func lastX(_ edge: Int, _ layout: Layout) -> Double {
        layout.bends[edge]?.last?.x ?? layout.boxes[edges[edge].from.nodeIndex].centre
    }

    /// Smooth curves from row to row; the type stands beside the first part, where there is room.
    private func forward(
        _ index: Int, from startX: Double, to endX: Double, _ labels: inout EdgeLabels, _ layout: Layout
    ) -> String {
        let edge = edges[index]
        let (from, to) = (layout.boxes[edge.from.nodeIndex], layout.boxes[edge.to.nodeIndex])
        let points = [(x: startX, y: from.y + from.height)] + (layout.bends[index] ?? []) + [(x: endX, y: to.y - 2)]
        var path = "M\(Self.text(points[0].x)),\(Self.text(points[0].y))"
        for (a, b) in zip(points, points.dropFirst()) {
            let middle = (a.y + b.y) / 2
            path +=
                " C\(Self.text(a.x)),\(Self.text(middle)) \(Self.text(b.x)),\(Self.text(middle)) "
                + "\(Self.text(b.x)),\(Self.text(b.y))"
        }
        let label = labels.place(edge.type.description, from: points[0], to: points[1])
        return Self.edge(edge, path: path, labelX: label.x, labelY: label.y, isDashed: false)
    }

    private func backward(_ index: Int, lane: Int, _ layout: Layout) -> String {
        let edge = edges[index]
        let (from, to) = (layout.boxes[edge.from.nodeIndex], layout.boxes[edge.to.nodeIndex])
        let x = layout.width + 16 + Double(lane) * 22
        let (startX, startY) = (from.x + from.width, from.y + from.height / 2 + 8)
        let (endX, endY) = (to.x + to.width + 2, to.y + to.height / 2 - 8)
        let path =
            "M\(Self.text(startX)),\(Self.text(startY)) C\(Self.text(x)),\(Self.text(startY)) "
            + "\(Self.text(x)),\(Self.text(startY)) \(Self.text(x)),\(Self.text(startY - 24)) "
            + "L\(Self.text(x)),\(Self.text(endY + 24)) C\(Self.text(x)),\(Self.text(endY)) "
            + "\(Self.text(x)),\(Self.text(endY)) \(Self.text(endX)),\(Self.text(endY))"
        return Self.edge(
            edge, path: path, labelX: x + 4, labelY: (startY + endY) / 2 + Double(lane) * 14, isDashed: true)
    }

    private static func edge(_ edge: CheckedEdge, path: String, labelX: Double, labelY: Double, isDashed: Bool) -> String {
        """
        <g><title>\(edge.label.escapedForMarkup)</title><path d="\(path)" stroke-opacity="0.55"\
        \(isDashed ? " stroke-dasharray=\"5 4\"" : "") marker-end="url(#arrow)"/>\
        <text x="\(text(labelX))" y="\(text(labelY))" font-size="10" fill="currentColor" fill-opacity="0.75" \
        stroke="none">\(edge.type.description.escapedForMarkup)</text></g>
        """
    }

    private static func box(_ node: CheckedNode, _ box: Layout.Box) -> String {
        """
        <g><rect x="\(text(box.x))" y="\(text(box.y))" width="\(text(box.width))" height="\(text(box.height))" rx="7" \
        fill="currentColor" fill-opacity="0.06"/>\
        <text x="\(text(box.centre))" y="\(text(box.y + 20))" text-anchor="middle" font-size="13" font-weight="600" \
        fill="currentColor" stroke="none">\(node.name.escapedForMarkup)</text>\
        <text x="\(text(box.centre))" y="\(text(box.y + 36))" text-anchor="middle" font-size="11" fill="currentColor" \
        fill-opacity="0.75" stroke="none">\(node.type.name.escapedForMarkup)</text></g>
        """
    }

    /// A coordinate with at most one digit after the point.
    private static func text(_ number: Double) -> String {
        let rounded = (number * 10).rounded() / 10
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }
}
