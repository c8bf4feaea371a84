import MillValue

/// Turns scenes over time into events: something is new, changed, or gone.
///
/// Events have Frigate's shape, `{type: new | update | end, before, after}`, with the settled scene beside it. An object
/// must show for `enter` before it is new and be missing for `leave` before it is gone, so that a model that
/// flickers makes one event and not many. The scene itself is tracked like an object labelled `scene`.
///
/// ```swift
/// var tracker = EventTracker()
/// for event in try tracker.observe(scene, camera: "porch", at: 12.5) { … }
/// ```
public struct EventTracker: Sendable {
    public struct Settings: Sendable, Hashable {
        /// How long an object must show, frame after frame, before it is new.
        public var enter = Persistence.frames(3)
        /// How long it must be missing before it is gone.
        public var leave = Persistence.time(.seconds(5))
        /// How long a changed state, position or scene attribute must hold before it counts.
        public var settle = Persistence.frames(2)
        /// The lowest median score with which an object becomes new; where the model gives no scores, it does not matter.
        public var threshold = 0.0
        /// How far the centre must move, in the units of the boxes, to count as a move.
        public var move = 0.15
        /// Only these labels make events; nil means all.
        public var labels: Set<String>?

        public init() {}
    }

    let settings: Settings
    private var cameras: [String: CameraTracker] = [:]

    private static let maximumCameraCount = 1000

    public init(settings: Settings = Settings()) { self.settings = settings }

    /// Takes in what one frame shows and returns what happened: the scene first, then what is gone, changed and new.
    ///
    /// - Parameters:
    ///   - frame: tells this frame from all others; the same again when a recording is played again, and then the ids of the
    ///     events are the same, too. By default the time.
    ///   - time: the frame's wall time in seconds since 1970; a time before the camera's last one counts as the last one.
    /// - Throws: ``HomeError/malformed(what:reason:)``; the state stays as it was then.
    public mutating func observe(
        _ scene: Value, camera: String, frame: String? = nil, at time: Double
    ) throws(HomeError) -> [Value] {
        guard time.isFinite, abs(time) < 1e12 else { throw Scene.malformed("the time \(time) is not usable") }
        let scene = try Scene(scene)
        guard cameras[camera] != nil || cameras.count < Self.maximumCameraCount else {
            throw Scene.malformed("there are more than \(Self.maximumCameraCount) cameras")
        }
        return cameras[camera, default: CameraTracker(camera: camera)].observe(
            scene, frame: frame ?? "\(time)", at: time, settings: settings)
    }

    /// Ends what was missing in the latest frame and has been for long enough, where no new frame comes.
    public mutating func advance(to time: Double) -> [Value] {
        cameras.keys.sorted().flatMap { cameras[$0]?.advance(to: time, settings: settings) ?? [] }
    }

    /// Ends everything; for the end of the stream.
    public mutating func finish() -> [Value] {
        cameras.keys.sorted().flatMap { cameras[$0]?.finish() ?? [] }
    }

    /// The settled scene of a camera: its attributes, and the objects that are there.
    public func scene(camera: String) -> Value {
        cameras[camera]?.sceneValue ?? CameraTracker(camera: camera).sceneValue
    }
}
