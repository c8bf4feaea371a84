import MillValue
import Synchronization

/// What a device last said of itself.
public struct DeviceState: Sendable, Hashable {
    /// `state`, `brightness`, `temperature`, `position`, as far as reported.
    public var reported: ValueMap = [:]
    /// Wall time of the last report in seconds since 1970; nil before the first.
    public var reportedAt: Double?
    /// Whether the device is there; nil where it does not say.
    public var isAvailable: Bool?
    /// ``MillClock/now`` when somebody other than this program last changed it.
    public var changedByOthersAt: Duration?
}

/// A device's own report of its state.
public struct StateReport: Sendable, Hashable {
    public let device: String
    /// Only the fields that the report speaks of.
    public let state: ValueMap
    /// Whether this is an old report that was kept for whoever asks, and no answer to anything.
    public let isRetained: Bool

    public init(device: String, state: ValueMap, isRetained: Bool = false) {
        self.device = device
        self.state = state
        self.isRetained = isRetained
    }
}

/// All devices, with what they can do and what they last reported.
public final class DeviceRegistry: Sendable {
    private struct Entry {
        var device: Device
        var state = DeviceState()
        /// Until then a change is the effect of a command of ours.
        var expectsChangeUntil: Duration?
        var commandsInFlight = 0
    }
    private struct Contents {
        var order: [String] = []
        var entries: [String: Entry] = [:]
        /// Keys of actions that were decided and have no outcome yet.
        var underWay: Set<String> = []
    }

    private let contents: Mutex<Contents>
    private let clock: any MillClock

    /// More than any home has; a broker full of discovery messages must not exhaust memory.
    private static let maximumDeviceCount = 2000
    /// A command's effect may show in several steps, such as a lamp that fades.
    private static let settlingTime = Duration.seconds(3)

    /// - Parameter configuration: the `devices` section of the pipeline file.
    /// - Throws: ``HomeError/configuration(_:)`` with every problem; their paths begin with the device's name.
    public init(configuration: Value? = nil, clock: any MillClock) throws(HomeError) {
        self.clock = clock
        let issues = IssueCollector()
        var contents = Contents()
        let section = ConfigurationReader(configuration, path: [], issues: issues)
        for (id, value) in configuration?.map ?? [:] {
            if let device = Device(id: id, configuration: value, path: section.path + [id], issues: issues) {
                contents.order.append(id)
                contents.entries[id] = Entry(device: device)
            }
        }
        try issues.check()
        self.contents = Mutex(contents)
    }

    /// In the order of the file; discovered ones follow.
    public var devices: [Device] {
        contents.withLock { contents in contents.order.compactMap { contents.entries[$0]?.device } }
    }

    public func device(_ id: String) -> Device? { contents.withLock { $0.entries[id]?.device } }

    public func state(of id: String) -> DeviceState? { contents.withLock { $0.entries[id]?.state } }

    /// Adds or replaces a device found by discovery; devices of the pipeline file stay as the file says.
    ///
    /// - Returns: whether it was taken.
    @discardableResult
    public func add(discovered device: Device, replacing: Bool = false) -> Bool {
        contents.withLock { contents in
            if contents.entries[device.id] != nil {
                if replacing { contents.entries[device.id]?.device = device }
                return replacing
            }
            guard contents.order.count < Self.maximumDeviceCount else { return false }
            contents.order.append(device.id)
            contents.entries[device.id] = Entry(device: device)
            return true
        }
    }

    /// Checks a command; see ``Device/command(_:_:)``.
    public func command(
        _ name: String, of device: String, _ arguments: ValueMap = [:]
    ) throws(CommandRefusal) -> (device: Device, command: DeviceCommand) {
        guard let found = self.device(device) else {
            let known = devices.map(\.id)
            throw CommandRefusal(
                reason: "there is no device '\(device)'; there are \(known.isEmpty ? "none" : known.joined(separator: ", "))",
                suggestion: Suggestion.closest(to: device, among: known))
        }
        return (found, try found.command(name, arguments))
    }
}

extension DeviceRegistry {
    /// Takes in what a device reported.
    ///
    /// - Returns: whether anything is different from before.
    @discardableResult
    public func record(_ report: StateReport) -> Bool {
        contents.withLock { contents in
            guard var entry = contents.entries[report.device] else { return false }
            let old = entry.state.reported
            for (key, value) in report.state { entry.state.reported[key] = value }
            entry.state.reportedAt = clock.wallTime
            let changed = entry.state.reported != old
            let isOurs = entry.commandsInFlight > 0 || (entry.expectsChangeUntil.map { clock.now <= $0 } ?? false)
            if changed, !old.isEmpty, !report.isRetained, !isOurs { entry.state.changedByOthersAt = clock.now }
            contents.entries[report.device] = entry
            return changed
        }
    }

    /// Takes in whether a device is there.
    public func record(available: Bool, device: String) {
        contents.withLock { $0.entries[device]?.state.isAvailable = available }
    }

    /// Changes of this device are the effect of a command until ``endCommand(_:)`` and shortly after.
    func beginCommand(_ device: String) {
        contents.withLock { $0.entries[device]?.commandsInFlight += 1 }
    }

    func endCommand(_ device: String) {
        let until = clock.now + Self.settlingTime
        contents.withLock { contents in
            contents.entries[device]?.commandsInFlight -= 1
            contents.entries[device]?.expectsChangeUntil = until
        }
    }

    /// Actions that were decided; each ends with ``end(_:)``.
    func begin(_ keys: Set<String>) { contents.withLock { $0.underWay.formUnion(keys) } }

    /// An action has its outcome.
    func end(_ key: String) { contents.withLock { _ = $0.underWay.remove(key) } }

    /// Whether any of these actions has no outcome yet.
    func isUnderWay(_ keys: Set<String>) -> Bool { contents.withLock { !$0.underWay.isDisjoint(with: keys) } }

    /// The reported states, as rules see them under `home`: `home.porch_light.state`, `.brightness`, `.available`, `.since`.
    /// A state that was never reported is `unknown`.
    public var value: Value {
        contents.withLock { contents in
            var home = ValueMap()
            for id in contents.order {
                guard let entry = contents.entries[id] else { continue }
                var fields: ValueMap = ["name": .string(entry.device.name), "state": "unknown"]
                for (key, value) in entry.state.reported { fields[key] = value }
                fields["available"] = .bool(entry.state.isAvailable ?? (entry.state.reportedAt != nil))
                if let time = entry.state.reportedAt { fields["since"] = .double(time) }
                home[id] = .map(fields)
            }
            return .map(home)
        }
    }
}
