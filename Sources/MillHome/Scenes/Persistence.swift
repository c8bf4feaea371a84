import MillValue

/// How long something must hold before it counts: `3 frames` or `5s`.
public enum Persistence: Sendable, Hashable {
    case frames(Int)
    case time(Duration)

    /// Reads `3 frames`, `1 frame`, `5s`, `250ms`; nil for anything else.
    public init?(text: String) {
        let words = text.split(separator: " ")
        if words.count == 2, words[1] == "frames" || words[1] == "frame" {
            guard let count = Int(words[0]), (1...100_000).contains(count) else { return nil }
            self = .frames(count)
        } else if let duration = Duration(text: text) {
            self = .time(duration)
        } else {
            return nil
        }
    }

    /// Whether something that held for `frames` frames and `seconds` seconds counts.
    func isReached(frames: Int, seconds: Double) -> Bool {
        switch self {
        case .frames(let count): frames >= count
        // Timestamps are sums of fractions; a frame exactly on the limit counts.
        case .time(let duration): frames > 0 && seconds >= duration.inSeconds - 1e-6
        }
    }
}

/// A value that changes only after another one held long enough.
struct Settled<Content: Hashable & Sendable>: Sendable {
    private(set) var current: Content?
    private var candidate: Content?
    private var frames = 0
    private var since = 0.0

    init(_ current: Content? = nil) { self.current = current }

    /// Takes in what one frame shows; returns whether the settled value is now another one.
    mutating func observe(_ value: Content, at time: Double, after persistence: Persistence) -> Bool {
        if value == current {
            candidate = nil
            return false
        }
        if value == candidate {
            frames += 1
        } else {
            candidate = value
            frames = 1
            since = time
        }
        guard persistence.isReached(frames: frames, seconds: time - since) else { return false }
        current = value
        candidate = nil
        return true
    }
}
