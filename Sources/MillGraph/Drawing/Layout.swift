/// Places the nodes of a graph in rows, top to bottom along the data (after Sugiyama, Tagawa and Toda, 1981: rank,
/// reduce crossings by barycentres, then give coordinates). Edges that span several rows get a bend in each.
struct Layout {
    struct Box {
        var x: Double
        var y: Double
        let width: Double
        let height: Double

        var centre: Double { x + width / 2 }
    }

    /// Per node.
    private(set) var boxes: [Box] = []
    /// Per edge that is no back edge, the points between its ends, top to bottom.
    private(set) var bends: [Int: [(x: Double, y: Double)]] = [:]
    private(set) var width = 0.0
    private(set) var height = 0.0

    static let rowHeight = 96.0
    static let boxHeight = 46.0
    private static let gap = 40.0
    static let margin = 24.0
    /// Bends of all edges together. In a graph of thousands of nodes every edge may pass every row; nobody could read
    /// that, and its layout would take memory and time by the square.
    private static let maximumBends = 20_000

    /// A place in a row: a node, or where an edge passes through.
    private struct Slot {
        let node: Int?
        let edge: Int?
        let width: Double
        var above: [Int] = []
        var below: [Int] = []
        var x = 0.0
    }

    init(_ pipeline: CheckedPipeline) {
        let ranks = Self.ranks(of: pipeline)
        var slots: [Slot] = []
        var rows = [[Int]](repeating: [], count: (ranks.max() ?? 0) + 1)
        for (index, node) in pipeline.nodes.enumerated() {
            rows[ranks[index]].append(slots.count)
            slots.append(Slot(node: index, edge: nil, width: Self.boxWidth(node)))
        }
        let bent = Self.bentEdges(of: pipeline, ranks)
        for (index, edge) in pipeline.edges.enumerated() where !edge.isBackEdge {
            guard bent.contains(index) else {
                Self.link(&slots, edge.from.nodeIndex, edge.to.nodeIndex)
                continue
            }
            var previous = edge.from.nodeIndex
            for rank in ranks[edge.from.nodeIndex] + 1..<max(ranks[edge.from.nodeIndex] + 1, ranks[edge.to.nodeIndex]) {
                rows[rank].append(slots.count)
                slots.append(Slot(node: nil, edge: index, width: 16))
                Self.link(&slots, previous, slots.count - 1)
                previous = slots.count - 1
            }
            Self.link(&slots, previous, edge.to.nodeIndex)
        }
        Self.order(&rows, slots)
        place(rows, &slots)
        read(rows, slots, pipeline)
    }

    /// The edges that get their bends: the shortest ones, as many as there is room for. The others go straight.
    private static func bentEdges(of pipeline: CheckedPipeline, _ ranks: [Int]) -> Set<Int> {
        func length(_ edge: Int) -> Int { ranks[pipeline.edges[edge].to.nodeIndex] - ranks[pipeline.edges[edge].from.nodeIndex] }
        var bent: Set<Int> = []
        var room = maximumBends
        for edge in pipeline.edges.indices.filter({ !pipeline.edges[$0].isBackEdge }).sorted(by: { length($0) < length($1) }) {
            room -= length(edge)
            guard room >= 0 else { break }
            bent.insert(edge)
        }
        return bent
    }

    private static func link(_ slots: inout [Slot], _ upper: Int, _ lower: Int) {
        slots[upper].below.append(lower)
        slots[lower].above.append(upper)
    }

    private static func boxWidth(_ node: CheckedNode) -> Double {
        max(96, Double(max(node.name.count * 8, node.type.name.count * 7)) + 28)
    }

    /// Per node, the longest way to it from a source, over all edges but back edges.
    static func ranks(of pipeline: CheckedPipeline) -> [Int] {
        var ranks = [Int](repeating: 0, count: pipeline.nodes.count)
        var open = ranks
        var leaving = [[Int]](repeating: [], count: pipeline.nodes.count)
        for edge in pipeline.edges where !edge.isBackEdge {
            open[edge.to.nodeIndex] += 1
            leaving[edge.from.nodeIndex].append(edge.to.nodeIndex)
        }
        var ready = pipeline.nodes.indices.filter { open[$0] == 0 }
        while let node = ready.popLast() {
            for next in leaving[node] {
                ranks[next] = max(ranks[next], ranks[node] + 1)
                open[next] -= 1
                if open[next] == 0 { ready.append(next) }
            }
        }
        return ranks
    }

    /// Sorts each row by the mean place of its neighbours in the row before, downwards and upwards in turn.
    private static func order(_ rows: inout [[Int]], _ slots: [Slot]) {
        for sweep in 0..<8 {
            let isDownward = sweep.isMultiple(of: 2)
            let sequence = isDownward ? Array(rows.indices.dropFirst()) : Array(rows.indices.dropLast().reversed())
            for row in sequence {
                let other = rows[isDownward ? row - 1 : row + 1]
                let places = Dictionary(uniqueKeysWithValues: other.enumerated().map { ($0.element, Double($0.offset)) })
                let keys = rows[row].enumerated().map { offset, slot -> (Double, Int, Int) in
                    let neighbours = (isDownward ? slots[slot].above : slots[slot].below).compactMap { places[$0] }
                    let mean = neighbours.isEmpty ? Double(offset) : neighbours.reduce(0, +) / Double(neighbours.count)
                    return (mean, offset, slot)
                }
                rows[row] = keys.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
            }
        }
    }

    /// Gives x coordinates: rows are packed, then pulled towards their neighbours without changing the order.
    private func place(_ rows: [[Int]], _ slots: inout [Slot]) {
        for row in rows {
            var x = 0.0
            for slot in row {
                slots[slot].x = x + slots[slot].width / 2
                x += slots[slot].width + Self.gap
            }
        }
        for sweep in 0..<12 {
            for row in sweep.isMultiple(of: 2) ? rows : rows.reversed() {
                let wanted = row.map { slot -> Double in
                    let near = (slots[slot].above + slots[slot].below).map { slots[$0].x }
                    return near.isEmpty ? slots[slot].x : near.reduce(0, +) / Double(near.count)
                }
                for (offset, slot) in row.enumerated() {
                    slots[slot].x = wanted[offset]
                    if offset > 0 {
                        let left = row[offset - 1]
                        let nearest = slots[left].x + (slots[left].width + slots[slot].width) / 2 + Self.gap
                        slots[slot].x = max(slots[slot].x, nearest)
                    }
                }
            }
        }
    }

    private mutating func read(_ rows: [[Int]], _ slots: [Slot], _ pipeline: CheckedPipeline) {
        let left = slots.map { $0.x - $0.width / 2 }.min() ?? 0
        boxes = Array(repeating: Box(x: 0, y: 0, width: 0, height: 0), count: pipeline.nodes.count)
        for (row, members) in rows.enumerated() {
            let y = Self.margin + Double(row) * Self.rowHeight
            for slot in members {
                let x = slots[slot].x - left + Self.margin
                width = max(width, x + slots[slot].width / 2)
                if let node = slots[slot].node {
                    boxes[node] = Box(x: x - slots[slot].width / 2, y: y, width: slots[slot].width, height: Self.boxHeight)
                } else if let edge = slots[slot].edge {
                    bends[edge, default: []].append((x, y + Self.boxHeight / 2))
                }
            }
        }
        height = Self.margin * 2 + Double(rows.count - 1) * Self.rowHeight + Self.boxHeight
    }
}
