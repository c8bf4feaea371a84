import MillValue

/// One object over time.
struct Track: Sendable {
    let id: String
    let label: String
    let startTime: Double
    /// Whether it has been announced.
    var hasEntered = false
    private(set) var lastSeen: Double
    private(set) var box: Box?
    private(set) var score: Double?
    private(set) var topScore: Double?
    /// The latest scores, for their median.
    private var scores: [Double] = []
    private(set) var state: Settled<String>
    private(set) var position: Settled<String>
    /// Where it stands, as far as anybody was told.
    private var anchor: Box?
    private var hasMoved = Settled(false)
    private(set) var positionChanges = 0
    /// In a row, up to now.
    private(set) var framesSeen = 1
    private(set) var framesMissing = 0
    /// What was last told about it.
    var announced: Value = .null

    private static let scoreLimit = 64

    init(id: String, _ detection: Detection, at time: Double) {
        self.id = id
        label = detection.label
        startTime = time
        lastSeen = time
        box = detection.box
        anchor = detection.box
        score = detection.score
        topScore = detection.score
        scores = detection.score.map { [$0] } ?? []
        state = Settled(detection.state)
        position = Settled(detection.position)
    }

    /// The median of the latest scores; nil where the model gives none.
    var medianScore: Double? {
        guard !scores.isEmpty else { return nil }
        let sorted = scores.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// Takes in a frame that shows it; returns whether something about it changed for good.
    mutating func see(_ detection: Detection, at time: Double, settings: EventTracker.Settings) -> Bool {
        framesSeen = framesMissing == 0 ? framesSeen + 1 : 1
        framesMissing = 0
        lastSeen = time
        score = detection.score
        if let score {
            topScore = max(topScore ?? score, score)
            if scores.count == Self.scoreLimit { scores.removeFirst() }
            scores.append(score)
        }
        var changed = false
        if let seen = detection.state, state.observe(seen, at: time, after: settings.settle) { changed = true }
        if let seen = detection.position, position.observe(seen, at: time, after: settings.settle) { changed = true }
        if let box = detection.box {
            self.box = box
            let isElsewhere = anchor.map { $0.distance(to: box) > settings.move } ?? false
            if hasMoved.observe(isElsewhere, at: time, after: settings.settle), isElsewhere {
                anchor = box
                hasMoved = Settled(false)
                positionChanges += 1
                changed = true
            } else if anchor == nil {
                anchor = box
            }
        }
        return changed
    }

    mutating func miss() {
        framesMissing += 1
        framesSeen = 0
    }

    /// In the words of Frigate's events. `end_time` is nil while it lasts.
    func value(camera: String, endTime: Double?) -> Value {
        let zones: Value = .list(position.current.map { [.string($0)] } ?? [])
        return [
            "id": .string(id), "camera": .string(camera), "frame_time": .double(lastSeen), "start_time": .double(startTime),
            "end_time": endTime.map { .double($0) } ?? .null, "label": .string(label), "sub_label": .null,
            "score": score.map { .double($0) } ?? .null, "top_score": topScore.map { .double($0) } ?? .null,
            "box": box?.value ?? .null, "area": box.map { .double($0.area) } ?? .null,
            "state": state.current.map { .string($0) } ?? .null, "where": position.current.map { .string($0) } ?? .null,
            "current_zones": zones, "entered_zones": zones, "false_positive": .bool(!hasEntered), "has_snapshot": false,
            "has_clip": false, "stationary": .bool(positionChanges == 0), "position_changes": .int(positionChanges),
        ]
    }

    /// As an entry of the tracked scene's `objects`.
    var sceneValue: Value {
        var map: ValueMap = ["id": .string(id), "label": .string(label)]
        map["state"] = state.current.map { .string($0) } ?? .null
        map["where"] = position.current.map { .string($0) } ?? .null
        map["box"] = box?.value ?? .null
        map["score"] = score.map { .double($0) } ?? .null
        return .map(map)
    }
}
