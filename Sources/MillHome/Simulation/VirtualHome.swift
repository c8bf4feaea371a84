import MillValue
import Synchronization

/// A small home inside this process: the devices of the pipeline file, each behaving as its `simulate` section says.
///
/// It behaves like devices on a broker: commands take effect after a delay, some are refused, and a silent
/// device does as told and reports nothing.
public final class VirtualHome: HomeConnection {
    private struct State {
        var devices: [String: SimulatedDevice] = [:]
        var receive: (@Sendable (HomeMessage) -> Void)?
        var isConnected = false
        var published: [HomePublication] = []
    }

    private let clock: any MillClock
    private let state = Mutex(State())
    /// Reports leave in the order in which things happened.
    private let order = Mutex(())
    /// How many publications are remembered for whoever looks at the home afterwards.
    private static let publicationLimit = 1000

    public init(clock: any MillClock) { self.clock = clock }

    public var url: String { "virtual:" }

    public func start(
        registry: DeviceRegistry, timeout: Duration, receive: @escaping @Sendable (HomeMessage) -> Void
    ) async throws(HomeError) {
        let reports = state.withLock { state in
            for device in registry.devices where state.devices[device.id] == nil {
                state.devices[device.id] = SimulatedDevice(device)
            }
            state.receive = receive
            state.isConnected = true
            return state.devices.values.map { StateReport(device: $0.device.id, state: $0.state, isRetained: true) }
        }
        order.withLock { _ in
            for report in reports.sorted(by: { $0.device < $1.device }) {
                receive(.availability(device: report.device, isAvailable: true))
                receive(.report(report))
            }
            receive(.connected)
        }
    }

    public func send(_ command: DeviceCommand, to device: Device, key: String, expires: Duration) async -> Handover {
        guard state.withLock({ $0.isConnected }) else { return .notConnected }
        guard let simulated = state.withLock({ $0.devices[device.id] }) else { return .nobodyListens }
        if simulated.device.simulation.delay == .zero {
            apply(command, to: device.id, key: key)
        } else {
            Task {
                try await clock.sleep(until: clock.now + simulated.device.simulation.delay)
                apply(command, to: device.id, key: key)
            }
        }
        return .handedOver
    }

    private func apply(_ command: DeviceCommand, to id: String, key: String) {
        order.withLock { _ in
            let (message, receive) = state.withLock { state -> (HomeMessage?, (@Sendable (HomeMessage) -> Void)?) in
                guard var device = state.devices[id] else { return (nil, nil) }
                let refusal = device.apply(command)
                state.devices[id] = device
                if let refusal { return (.answer(key: key, refusal: refusal), state.receive) }
                if device.device.simulation.isSilent { return (nil, nil) }
                return (.report(StateReport(device: id, state: device.state)), state.receive)
            }
            if let message { receive?(message) }
        }
    }

    public func publish(_ publication: HomePublication) {
        state.withLock { state in
            if state.published.count >= Self.publicationLimit { state.published.removeFirst() }
            state.published.append(publication)
        }
    }

    public func stop() async {
        state.withLock { state in
            state.isConnected = false
            state.receive = nil
        }
    }
}

extension VirtualHome {
    /// Plays a person: `fields` change at the device itself, and it reports that.
    public func change(_ device: String, _ fields: ValueMap) {
        order.withLock { _ in
            let (report, receive) = state.withLock { state -> (StateReport?, (@Sendable (HomeMessage) -> Void)?) in
                guard var simulated = state.devices[device] else { return (nil, nil) }
                simulated.set(fields)
                state.devices[device] = simulated
                return (StateReport(device: device, state: simulated.state), state.receive)
            }
            if let report { receive?(.report(report)) }
        }
    }

    /// Plays a broken line; `true` brings it back.
    public func setConnected(_ isConnected: Bool) {
        let (receive, reports) = state.withLock { state in
            state.isConnected = isConnected
            return (
                state.receive, state.devices.values.map { StateReport(device: $0.device.id, state: $0.state, isRetained: true) }
            )
        }
        order.withLock { _ in
            guard isConnected else {
                receive?(.disconnected(reason: "the line is cut"))
                return
            }
            for report in reports.sorted(by: { $0.device < $1.device }) { receive?(.report(report)) }
            receive?(.connected)
        }
    }

    /// The device's true state, whatever it reported.
    public func state(of device: String) -> ValueMap? { state.withLock { $0.devices[device]?.state } }

    /// What was published, oldest first.
    public var published: [HomePublication] { state.withLock { $0.published } }

    /// What was counted per device: `{commands, toggles, state_changes, refusals}`.
    public var counts: Value {
        state.withLock { state in
            .map(ValueMap(state.devices.values.sorted { $0.device.id < $1.device.id }.map { ($0.device.id, $0.counts.value) }))
        }
    }
}

extension SimulatedDevice.Counts {
    var value: Value {
        [
            "commands": .int(commands), "toggles": .int(toggles), "state_changes": .int(stateChanges),
            "refusals": .int(refusals),
        ]
    }
}
