/// Which object of a frame is which track.
enum TrackMatching {
    /// How much two boxes must overlap to be the same object at once.
    private static let minimumOverlap = 0.3

    /// Pairs tracks with detections of the same label, one to one.
    ///
    /// First by overlapping boxes, then by nearness (a fast object at a low frame rate), then by the same position
    /// in words, and last: a track that the previous frame still showed, or one without boxes, is the object of its label that is left over.
    /// - Returns: the detection's index per track, nil for tracks that the frame does not show.
    static func match(_ tracks: [Track], _ detections: [Detection]) -> [Int?] {
        var matcher = Matcher(tracks: tracks, detections: detections)
        matcher.pair { track, detection in
            guard let a = track.box, let b = detection.box else { return nil }
            let overlap = a.overlap(with: b)
            return overlap >= minimumOverlap ? -overlap : nil
        }
        matcher.pair { track, detection in
            guard let a = track.box, let b = detection.box else { return nil }
            let distance = a.distance(to: b)
            return distance <= max(a.diagonal, b.diagonal) ? distance : nil
        }
        matcher.pair { track, detection in
            if track.box != nil, detection.box != nil { return nil }
            return track.position.current == detection.position ? 0 : nil
        }
        matcher.pair { track, detection in
            guard let a = track.box, let b = detection.box else { return 0 }
            return track.framesMissing == 0 ? a.distance(to: b) : nil
        }
        return matcher.matches
    }

    private struct Matcher {
        let tracks: [Track]
        let detections: [Detection]
        var matches: [Int?]
        private var isTaken: [Bool]

        init(tracks: [Track], detections: [Detection]) {
            self.tracks = tracks
            self.detections = detections
            matches = Array(repeating: nil, count: tracks.count)
            isTaken = Array(repeating: false, count: detections.count)
        }

        /// Pairs what is left, lowest cost first, announced tracks before others; nil forbids a pair.
        mutating func pair(_ cost: (Track, Detection) -> Double?) {
            var candidates: [(track: Int, detection: Int, rank: Int, cost: Double)] = []
            for (t, track) in tracks.enumerated() where matches[t] == nil {
                for (d, detection) in detections.enumerated() where !isTaken[d] && detection.label == track.label {
                    if let cost = cost(track, detection) { candidates.append((t, d, track.hasEntered ? 0 : 1, cost)) }
                }
            }
            candidates.sort { ($0.rank, $0.cost, $0.track, $0.detection) < ($1.rank, $1.cost, $1.track, $1.detection) }
            for candidate in candidates where matches[candidate.track] == nil && !isTaken[candidate.detection] {
                matches[candidate.track] = candidate.detection
                isTaken[candidate.detection] = true
            }
        }
    }
}
