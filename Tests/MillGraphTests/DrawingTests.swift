import Foundation
import MillGraph
import Testing

@Suite("Drawings and the plan")
struct DrawingTests {
    private let text = """
        version: 1
        name: a & b
        connections: {home: {url: "virtual:", password: "${secret.home}"}}
        nodes:
          count: {type: test.numbers}
          limit: {type: test.limit, inputs: {in: count, finished: {from: double, back_edge: true}}}
          double: {type: test.double, inputs: {in: limit}, when: value > 1}
          join: {type: test.join, inputs: {a: count, b: {from: double, queue: {size: 9, policy: drop_oldest}}}}
          end: {type: test.collect, inputs: {in: join}}
        """

    private var pipeline: CheckedPipeline {
        get throws { try load(text, environment: ["MILLRACE_SECRET_HOME": "opensesame"]) }
    }

    @Test("Mermaid has every node, and types on the edges")
    func mermaid() throws {
        let lines = try pipeline.mermaid().split(separator: "\n").map(String.init)
        #expect(lines.first == "flowchart TD")
        #expect(lines.contains("    n0[\"count<br/><small>test.numbers</small>\"]"))
        #expect(lines.contains("    n0 -->|\"record\"| n1"))
        #expect(lines.contains("    n2 -.->|\"record\"| n1"))
    }

    @Test("DOT has every edge with its ports")
    func dot() throws {
        let dot = try pipeline.dot()
        #expect(dot.hasPrefix("digraph \"a & b\" {"))
        #expect(dot.contains("n2 -> n3 [label=\"record\", tooltip=\"double/out → join/b\"]"))
        #expect(dot.hasSuffix("}"))
    }

    @Test("the SVG is well-formed and self-contained, and no two boxes overlap")
    func svg() throws {
        let svg = try pipeline.svg()
        #expect(Self.openTags(svg) == [])
        #expect(svg.contains("a &amp; b"))
        #expect(!svg.contains("http://") || svg.components(separatedBy: "http").count == 2)
        let boxes = svg.components(separatedBy: "<rect ").dropFirst().map { part in
            part.split(separator: "\"", maxSplits: 8).enumerated().filter { $0.offset % 2 == 1 }.compactMap { Double($0.element) }
        }
        #expect(boxes.count == 5)
        for (a, first) in boxes.enumerated() {
            for second in boxes.dropFirst(a + 1) {
                let isApart =
                    first[0] + first[2] <= second[0] || second[0] + second[2] <= first[0] || first[1] + first[3] <= second[1]
                    || second[1] + second[3] <= first[1]
                #expect(isApart)
            }
        }
    }

    @Test("the types on the edges cover neither one another nor a box")
    func edgeLabels() throws {
        let text = """
            version: 1
            nodes:
              count: {type: test.numbers}
              double: {type: test.double, inputs: {in: count}}
              one: {type: test.collect, inputs: {in: double}}
              two: {type: test.collect, inputs: {in: double}}
              join: {type: test.join, inputs: {a: double, b: double}}
              end: {type: test.collect, inputs: {in: join}}
            """
        let svg = try load(text).svg()
        let labels = svg.components(separatedBy: "<text ").dropFirst().filter { $0.contains("font-size=\"10\"") }.map { part in
            part.split(separator: "\"", maxSplits: 4).enumerated().filter { $0.offset % 2 == 1 }.compactMap { Double($0.element) }
        }
        #expect(labels.count == 6)
        for (index, first) in labels.enumerated() {
            for second in labels.dropFirst(index + 1) {
                #expect(abs(first[0] - second[0]) >= 30 || abs(first[1] - second[1]) >= 10)
            }
        }
    }

    /// The tags that are still open at the end, or closed in the wrong order.
    private static func openTags(_ xml: String) -> [Substring] {
        var open: [Substring] = []
        for part in xml.split(separator: "<") {
            let tag = part.prefix { $0 != ">" }
            let name = tag.prefix { $0 != " " && $0 != "/" || $0 == tag.first }
            if name.hasPrefix("/") {
                guard open.popLast() == name.dropFirst() else { return [name] }
            } else if !tag.hasSuffix("/") {
                open.append(name)
            }
        }
        return open
    }

    @Test("the plan lists nodes in the order of the data, and hides secrets")
    func plan() throws {
        let plan = try pipeline.plan()
        #expect(plan.contains("double/out → join/b"))
        #expect(plan.contains("queue 9 drop_oldest"))
        #expect(plan.contains("when value > 1"))
        #expect(!plan.contains("opensesame"))
        #expect(plan.contains("***"))
        let order = try ["count", "limit", "double", "join", "end"].map { try #require(plan.range(of: "\n  \($0) ")).lowerBound }
        #expect(order == order.sorted())
    }
}
