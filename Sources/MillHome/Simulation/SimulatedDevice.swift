import MillValue

/// A device that exists only here: its state, and what was done to it.
struct SimulatedDevice: Sendable {
    let device: Device
    private(set) var state: ValueMap
    private(set) var counts = Counts()

    /// What happened to a device, counted where it happens.
    struct Counts: Sendable, Hashable {
        /// Commands that arrived, whatever they led to.
        var commands = 0
        var toggles = 0
        /// Commands after which the state was another one.
        var stateChanges = 0
        var refusals = 0
    }

    /// Off, closed, locked, 20 °C, unless the device's `simulate.initial` says otherwise.
    init(_ device: Device) {
        self.device = device
        state = [:]
        for capability in device.capabilities {
            switch capability {
            case .onOff: state["state"] = "off"
            case .lock: state["state"] = "locked"
            case .brightness: state["brightness"] = 100
            case .temperature: state["temperature"] = 20
            case .position: state["position"] = 0
            }
        }
        for (key, value) in device.simulation.initial { state[key] = value }
        derive()
    }

    /// Carries out a command; returns why not, if it does not.
    mutating func apply(_ command: DeviceCommand) -> String? {
        counts.commands += 1
        if command.name == "toggle" { counts.toggles += 1 }
        if device.simulation.refuses {
            counts.refusals += 1
            return "the device refuses commands"
        }
        let before = state
        if command.name == "toggle" {
            state["state"] = state["state"] == "on" ? "off" : "on"
        }
        for (key, value) in command.target { state[key] = value }
        derive()
        if state != before { counts.stateChanges += 1 }
        return nil
    }

    /// A person's hand: sets fields without a command.
    mutating func set(_ fields: ValueMap) {
        for (key, value) in fields { state[key] = value }
        derive()
    }

    /// A cover's state follows from its position.
    private mutating func derive() {
        guard device.capabilities.contains(.position), let position = state["position"]?.double else { return }
        state["state"] = position > 0 ? "open" : "closed"
    }
}
