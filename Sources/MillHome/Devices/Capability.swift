/// What a device can do, each with its own commands and its own way to say how it is.
public enum Capability: String, Sendable, Hashable, CaseIterable {
    /// `turn_on`, `turn_off`, `toggle`; reports `state: on | off`.
    case onOff = "on_off"
    /// `set_brightness` in percent, 0–100; reports `brightness`.
    case brightness
    /// `set_temperature` in °C; reports the set point as `temperature`.
    case temperature
    /// `set_position` in percent open, 0–100, `open`, `close`; reports `position` and `state: open | closed`.
    case position
    /// `lock`, `unlock`; reports `state: locked | unlocked`. Needs an explicit `allow`.
    case lock

    /// The commands it brings.
    public var commands: [String] {
        switch self {
        case .onOff: ["turn_on", "turn_off", "toggle"]
        case .brightness: ["set_brightness"]
        case .temperature: ["set_temperature"]
        case .position: ["set_position", "open", "close"]
        case .lock: ["lock", "unlock"]
        }
    }

    /// Whether a mistake lets somebody in, so that each of its commands has to be allowed by name.
    public var isRisky: Bool { self == .lock }
}
