import MillValue

/// How well a run's answers agree with the ground truth.
package struct Evaluation: Sendable, Hashable {
    /// Objects: same label, intersection over union at least 0.5 where both sides have a box, one to one.
    package var objects = Score()
    /// Of the objects found, how many had the right state.
    package var states = Score()
    package var people = Score()
    package var activities = Score()
    package var lights = Score()
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
            addObjects(reported: frame.scene["objects"]?.list ?? [], expected: expected["objects"]?.list ?? [])
            people.compare(reported: [frame.scene["people"] ?? nil], expected: [expected["people"] ?? nil])
            activities.compare(reported: [frame.scene["activity"] ?? nil], expected: [expected["activity"] ?? nil])
            lights.compare(reported: [frame.scene["light"] ?? nil], expected: [expected["light"] ?? nil])
        }
        events.compare(reported: GroundTruth.findings(events: frames), expected: truth.events)
        actions.compare(
            reported: frames.flatMap { frame in
                frame.outcomes.filter { $0["result"]?.string == "confirmed" }
                    .map { GroundTruth.finding(outcome: $0, frame: frame.key) }
            }, expected: truth.actions)
    }

    private mutating func addObjects(reported: [Value], expected: [Value]) {
        var open = expected
        for object in reported {
            let candidates = open.indices.filter { open[$0]["label"] == object["label"] }
            let match = candidates.max { Self.overlap(object, open[$0]) < Self.overlap(object, open[$1]) }
            guard let match, Self.overlap(object, open[match]) >= 0.5 else {
                objects.wrong += 1
                continue
            }
            objects.right += 1
            let expectedState = open.remove(at: match)["state"] ?? "none"
            if expectedState == object["state"] ?? "none" { states.right += 1 } else { states.missed += 1 }
        }
        objects.missed += open.count
    }

    /// Intersection over union; 1 when either side has no box.
    private static func overlap(_ first: Value, _ second: Value) -> Double {
        guard let a = Box(first["box"]), let b = Box(second["box"]) else { return 1 }
        return a.overlap(with: b)
    }

    /// The figures as rows of name, right, expected and false findings.
    package var rows: [(name: String, score: Score)] {
        [
            ("objects", objects), ("states", states), ("people", people), ("activity", activities), ("light", lights),
            ("events", events), ("actions", actions),
        ]
    }
}

extension Box {
    /// From `[left, top, right, bottom]`.
    package init?(_ value: Value?) {
        guard let numbers = value?.list?.compactMap(\.double), numbers.count == 4 else { return nil }
        self.init(left: numbers[0], top: numbers[1], right: numbers[2], bottom: numbers[3])
    }
}
