import MillEvaluation
import MillValue

/// How well a run's answers agree with the ground truth.
package struct Evaluation: Sendable, Hashable {
    /// What the frames were said to show.
    package var scenes = SceneScores()
    /// `new` and `end` of labels as a whole, at the right frame.
    package var events = Score()
    /// Confirmed actions at the right frame.
    package var actions = Score()
    /// Frames of the run that the ground truth describes; only of these, and only by these, anything is counted.
    package var framesWithTruth = 0

    package init(of frames: [FrameRecord], against truth: GroundTruth) {
        var known: Set<String> = []
        for frame in frames {
            guard let expected = truth.frames[frame.key] else { continue }
            framesWithTruth += 1
            known.insert(frame.key)
            scenes.add(reported: frame.scene, expected: expected)
        }
        let confirmed = frames.flatMap { frame in
            frame.outcomes.filter { $0["result"]?.string == "confirmed" }
                .map { GroundTruth.finding(outcome: $0, frame: frame.key) }
        }
        func compare(_ reported: [GroundTruth.Finding], _ expected: [GroundTruth.Finding]) -> Score {
            var score = Score()
            score.compare(
                reported: reported.filter { known.contains($0.frame) }, expected: expected.filter { known.contains($0.frame) })
            return score
        }
        events = compare(GroundTruth.findings(events: frames), truth.events)
        actions = compare(confirmed, truth.actions)
    }

    /// The figures as rows of name, right, expected and false findings, without groups of which nothing was expected and
    /// nothing reported.
    package var rows: [(name: String, score: Score)] {
        let groups = [
            ("objects", scenes.objects), ("states", scenes.states), ("people", scenes.people), ("activity", scenes.activities),
            ("light", scenes.lights), ("events", events), ("actions", actions),
        ]
        return groups.filter { $0.1 != Score() }.map { (name: $0.0, score: $0.1) }
    }
}
