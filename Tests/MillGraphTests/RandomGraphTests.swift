import MillGraph
import MillValue
import Testing

/// Graphs of random shape and policies: whatever happens to a packet, it is counted, and every run ends.
@Suite("Random graphs")
struct RandomGraphTests {
    private static func text(seed: Int, count: Int) -> String {
        var generator = SeededGenerator(seed: UInt64(seed))
        var lines = ["version: 1", "run: {on_error: skip}", "nodes:", "  n0: {type: test.numbers, config: {count: \(count)}}"]
        let size = Int.random(in: 3...9, using: &generator)
        func edge(to node: Int) -> String {
            let from = "n\(Int.random(in: 0..<node, using: &generator))"
            let policy = ["block", "block", "drop_oldest", "drop_newest"].randomElement(using: &generator) ?? "block"
            let condition = Int.random(in: 0..<5, using: &generator) == 0 ? ", when: packet.sequence % 3 != 1" : ""
            return "{from: \(from), queue: {size: \(Int.random(in: 1...5, using: &generator)), policy: \(policy)}\(condition)}"
        }
        for node in 1..<size {
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: lines.append("  n\(node): {type: test.pass, inputs: {in: \(edge(to: node))}}")
            case 1: lines.append("  n\(node): {type: test.double, inputs: {in: \(edge(to: node))}}")
            case 2:
                lines.append(
                    "  n\(node): {type: test.flaky, on_error: skip, config: {fail_on: [2, 8]}, inputs: {in: \(edge(to: node))}}")
            case 3:
                lines.append(
                    "  n\(node): {type: test.join, inputs: {a: \(edge(to: node)), b: \(edge(to: node))}, on_error: skip}")
            case 4:
                let parallel = Int.random(in: 1...4, using: &generator)
                let batch = Bool.random(using: &generator) ? ", batch: {size: 3, timeout: 2ms}" : ""
                let type = batch.isEmpty ? "work, config: {takes: [3, 1, 0, 2], fail_on: [4]}" : "list\(batch)"
                lines.append("  n\(node): {type: test.\(type), parallel: \(parallel), inputs: {in: \(edge(to: node))}}")
            default: lines.append("  n\(node): {type: test.later, inputs: {in: \(edge(to: node))}}")
            }
        }
        let ends = (0..<size).map { "{from: n\($0), queue: {size: 2}}" }
        lines.append("  end: {type: test.collect, inputs: {in: [\(ends.joined(separator: ", "))]}}")
        return lines.joined(separator: "\n")
    }

    private func check(_ report: RunReport, seed: Int) {
        #expect(report.outcome == .finished, "seed \(seed)")
        for edge in report.edges {
            let counted =
                edge.delivered + edge.dropped + edge.skipped + edge.undecided + edge.unmatched + edge.expired + edge.superseded
            #expect(edge.sent == counted && edge.depth == 0, "seed \(seed), \(edge.from) → \(edge.to)")
            #expect(edge.maximumDepth <= edge.queue.size, "seed \(seed), \(edge.from) → \(edge.to)")
        }
    }

    @Test("on one worker and a manual clock, nothing is lost uncounted, and a second run is the same", arguments: 0..<60)
    func deterministic(seed: Int) async throws {
        let text = Self.text(seed: seed, count: 30)
        let (first, second) = (Recorder(), Recorder())
        check(try await run(text, first), seed: seed)
        try await run(text, second)
        #expect(first.events == second.events)
    }

    @Test("on several workers, nothing is lost uncounted", .timeLimit(.minutes(2)), arguments: 0..<40)
    func live(seed: Int) async throws {
        check(try await runLive(Self.text(seed: seed, count: 500), workers: 1 + seed % 4), seed: seed)
    }
}
