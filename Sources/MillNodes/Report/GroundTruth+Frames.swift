import MillEvaluation
import MillValue

extension GroundTruth {
    /// What a run's events say of labels as a whole: `new` when the first object of a label came, `end` when the last
    /// one went.
    static func findings(events frames: [FrameRecord]) -> [Finding] {
        var present: [String: Int] = [:]
        var findings: [Finding] = []
        for frame in frames {
            for event in frame.events {
                guard let label = event["after"]?["label"]?.string, label != "scene" else { continue }
                let count = present[label, default: 0]
                switch event["type"]?.string {
                case "new":
                    present[label] = count + 1
                    if count == 0 { findings.append(Finding(frame: frame.key, what: "new \(label)")) }
                case "end":
                    present[label] = max(count - 1, 0)
                    if count == 1 { findings.append(Finding(frame: frame.key, what: "end \(label)")) }
                default: break
                }
            }
        }
        return findings
    }

    /// The finding of a confirmed outcome, in the file's terms.
    static func finding(outcome: Value, frame: String) -> Finding { Finding(frame: frame, what: action(outcome)) }
}
