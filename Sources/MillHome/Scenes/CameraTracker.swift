import MillValue

/// The tracks of one camera.
struct CameraTracker: Sendable {
    private let camera: String
    private var tracks: [Track] = []
    private var attributes: [String: Settled<Value>] = [:]
    private var attributeNames: [String] = []
    private var announcedScene: Value = .null
    private var sceneStart = 0.0
    /// The frame that first told something of the scene, which makes its events' ids those of this run.
    private var sceneFrame = ""
    private var lastTime = -Double.infinity
    /// What tells the latest frame from all others.
    private var frame = ""

    private static let maximumTrackCount = 1000
    private static let maximumAttributeCount = 64

    init(camera: String) { self.camera = camera }

    mutating func observe(
        _ scene: Scene, frame: String, at frameTime: Double, settings: EventTracker.Settings
    ) -> [Value] {
        self.frame = frame
        let time = max(frameTime, lastTime)
        lastTime = time
        let detections = scene.objects.filter { settings.labels?.contains($0.label) ?? true }
        let attributesChanged = observeAttributes(scene.attributes, at: time, settings: settings)
        let changed = update(with: detections, at: time, settings: settings)

        var ended: [Track] = []
        tracks.removeAll { track in
            guard track.framesMissing > 0 else { return false }
            // Entering takes consecutive frames: a candidate that is missing once begins anew.
            guard track.hasEntered else { return true }
            guard settings.leave.isReached(frames: track.framesMissing, seconds: time - track.lastSeen) else { return false }
            ended.append(track)
            return true
        }
        var entered: [Int] = []
        for index in tracks.indices where !tracks[index].hasEntered {
            let track = tracks[index]
            guard settings.enter.isReached(frames: track.framesSeen, seconds: time - track.startTime),
                (track.medianScore ?? 1) >= settings.threshold
            else { continue }
            entered.append(index)
        }
        return announce(
            scene: attributesChanged, ended: ended, changed: changed.filter { id in tracks.contains { $0.id == id } },
            entered: entered, at: time)
    }

    mutating func advance(to time: Double, settings: EventTracker.Settings) -> [Value] {
        guard time.isFinite, time > lastTime else { return [] }
        var ended: [Track] = []
        tracks.removeAll { track in
            guard case .time = settings.leave, track.hasEntered, track.framesMissing > 0,
                settings.leave.isReached(frames: track.framesMissing, seconds: time - track.lastSeen)
            else { return false }
            ended.append(track)
            return true
        }
        return ended.map { end($0, at: $0.lastSeen) }
    }

    mutating func finish() -> [Value] {
        let ended = tracks.filter(\.hasEntered)
        tracks = []
        return ended.map { end($0, at: $0.lastSeen) }
    }
}

extension CameraTracker {
    /// Moves the tracks on by one frame; returns the ids of announced ones that changed.
    private mutating func update(with detections: [Detection], at time: Double, settings: EventTracker.Settings) -> [String] {
        var changed: [String] = []
        let matches = TrackMatching.match(tracks, detections)
        for index in tracks.indices {
            if let match = matches[index] {
                if tracks[index].see(detections[match], at: time, settings: settings), tracks[index].hasEntered {
                    changed.append(tracks[index].id)
                }
            } else {
                tracks[index].miss()
            }
        }
        let known = Set(matches.compactMap(\.self))
        for (index, detection) in detections.enumerated() where !known.contains(index) && tracks.count < Self.maximumTrackCount {
            tracks.append(Track(id: newID(detection.label), detection, at: time))
        }
        return changed
    }

    private mutating func observeAttributes(_ seen: ValueMap, at time: Double, settings: EventTracker.Settings) -> Bool {
        var changed = false
        for (name, value) in seen {
            if attributes[name] == nil {
                guard attributeNames.count < Self.maximumAttributeCount else { continue }
                attributeNames.append(name)
            }
            if attributes[name, default: Settled()].observe(value, at: time, after: settings.settle) { changed = true }
        }
        return changed
    }

    private mutating func announce(
        scene attributesChanged: Bool, ended: [Track], changed: [String], entered: [Int], at time: Double
    ) -> [Value] {
        // First everything is brought up to date, so that each event shows the scene as it is after the whole frame.
        let before = Dictionary(uniqueKeysWithValues: tracks.map { ($0.id, $0.announced) })
        var arrivals: [Value] = []
        for index in entered {
            arrivals.append(tracks[index].value(camera: camera, endTime: nil))
            tracks[index].hasEntered = true
        }
        for index in tracks.indices
        where tracks[index].hasEntered && (changed.contains(tracks[index].id) || entered.contains(index)) {
            tracks[index].announced = tracks[index].value(camera: camera, endTime: nil)
        }
        var events: [Value] = []
        if attributesChanged {
            let isNew = announcedScene.isNull
            if isNew { (sceneStart, sceneFrame) = (time, frame) }
            let after = sceneObject(at: time)
            events.append(event(isNew ? "new" : "update", before: isNew ? after : announcedScene, after: after))
            announcedScene = after
        }
        events += ended.map { end($0, at: $0.lastSeen) }
        events += tracks.filter { changed.contains($0.id) }.map {
            event("update", before: before[$0.id] ?? .null, after: $0.announced)
        }
        for (index, arrival) in zip(entered, arrivals) {
            events.append(event("new", before: arrival, after: tracks[index].announced))
        }
        return events
    }

    private func end(_ track: Track, at time: Double) -> Value {
        event("end", before: track.announced, after: track.value(camera: camera, endTime: time))
    }

    private func event(_ type: String, before: Value, after: Value) -> Value {
        [
            "type": .string(type), "camera": .string(camera), "frame": .string(Fingerprint.letters(frame)), "before": before,
            "after": after, "scene": sceneValue,
        ]
    }

    /// The scene's attributes in the shape of an object labelled `scene`.
    private func sceneObject(at time: Double) -> Value {
        var map: ValueMap = [
            "id": .string("\(camera)-scene-\(Fingerprint.letters(sceneFrame))"), "camera": .string(camera),
            "frame_time": .double(time),
            "start_time": .double(sceneStart), "end_time": .null, "label": "scene", "sub_label": .null,
        ]
        for name in attributeNames where map[name] == nil { map[name] = attributes[name]?.current }
        return .map(map)
    }

    var sceneValue: Value {
        // Rules ask for these by name also before a model has said anything about them.
        var map: ValueMap = ["people": .null, "activity": .null, "light": .null]
        for name in attributeNames { if let value = attributes[name]?.current { map[name] = value } }
        map["objects"] = .list(tracks.filter(\.hasEntered).map(\.sceneValue))
        return .map(map)
    }

    /// The camera and twelve letters. The same recording gives the same ids, so that an action which was carried out before
    /// a crash is recognised when the recording is played again.
    private func newID(_ label: String) -> String {
        let ids = Set(tracks.map(\.id))
        var number = 0
        while true {
            let id = "\(camera)-\(Fingerprint.letters("\(camera)/\(label)/\(frame)/\(number)"))"
            if !ids.contains(id) { return id }
            number += 1
        }
    }
}
