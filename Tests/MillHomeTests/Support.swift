import Foundation
import MillHome
import MillStore
import MillValue

extension ManualClock {
    /// Waits until somebody sleeps on this clock, and moves it to the time that they wait for.
    func advanceToNextSleeper() async {
        while true {
            if let deadline = nextDeadline {
                advance(by: max(.zero, deadline - now))
                return
            }
            await Task.yield()
        }
    }
}

/// Returns once `condition` holds; gives up after ten seconds of real time.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let end = ContinuousClock.now.advanced(by: .seconds(10))
    while ContinuousClock.now < end {
        if try await condition() { return true }
        await Task.yield()
    }
    return false
}

/// A folder that is removed with the test.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-home-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

/// A home of the given devices in this process, ready to act.
struct Household {
    let clock: ManualClock
    let home: VirtualHome
    let registry: DeviceRegistry
    let outbox: Outbox
    let executor: ActionExecutor

    init(_ devices: Value, clock: ManualClock = ManualClock(), outbox: Outbox? = nil) throws {
        self.clock = clock
        home = VirtualHome(clock: clock)
        registry = try DeviceRegistry(configuration: devices, clock: clock)
        self.outbox = try outbox ?? Outbox(path: nil)
        executor = ActionExecutor(registry: registry, connection: home, outbox: self.outbox, clock: clock)
    }
}

func request(_ key: String, _ device: String, _ command: String, _ arguments: ValueMap = [:], expires: Duration? = nil)
    -> ActionRequest
{
    ActionRequest(key: key, device: device, command: command, arguments: arguments, expires: expires)
}
