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
    /// Frames of the run that the ground truth does not describe.
    package var framesWithoutTruth = 0

    package init(of frames: [FrameRecord], against truth: GroundTruth) {
        for frame in frames {
            guard let expected = truth.frames[frame.key] else {
                framesWithoutTruth += 1
                continue
            }
            scenes.add(reported: frame.scene, expected: expected)
        }
        events.compare(reported: GroundTruth.findings(events: frames), expected: truth.events)
        actions.compare(
            reported: frames.flatMap { frame in
                frame.outcomes.filter { $0["result"]?.string == "confirmed" }
                    .map { GroundTruth.finding(outcome: $0, frame: frame.key) }
            }, expected: truth.actions)
    }

    /// The figures as rows of name, right, expected and false findings.
    package var rows: [(name: String, score: Score)] {
        [
            ("objects", scenes.objects), ("states", scenes.states), ("people", scenes.people), ("activity", scenes.activities),
            ("light", scenes.lights), ("events", events), ("actions", actions),
        ]
    }
}
