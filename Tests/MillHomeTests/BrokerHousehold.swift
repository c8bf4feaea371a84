import MillHome
import MillStore
import MillTestSupport
import MillValue

/// A home on a real broker: the devices play in this process, over the network.
struct BrokerHousehold {
    let simulator: HomeSimulator
    let registry: DeviceRegistry
    let outbox: Outbox
    let executor: ActionExecutor

    init(
        _ port: Int, _ devices: Value, absent: ValueMap = [:], path: String? = nil, timeout: Duration = .seconds(5),
        configure: (inout MQTTSettings) -> Void = { _ in }
    ) throws {
        let clock = SystemClock()
        var settings = MQTTSettings(host: "127.0.0.1", port: port)
        settings.reconnectDelay = .milliseconds(5)...Duration.milliseconds(20)
        settings.birthJitter = .milliseconds(1)
        configure(&settings)
        simulator = HomeSimulator(
            settings: settings, registry: try DeviceRegistry(configuration: devices, clock: clock))
        let all = (devices.map ?? [:]).map { ($0.key, $0.value) } + absent.map { ($0.key, $0.value) }
        registry = try DeviceRegistry(configuration: .map(ValueMap(all)), clock: clock)
        outbox = try Outbox(path: path)
        var executorSettings = ActionExecutor.Settings()
        executorSettings.timeout = timeout
        executor = ActionExecutor(
            registry: registry, connection: MQTTConnection(settings: settings), outbox: outbox, clock: clock,
            settings: executorSettings)
    }

    func start() async throws {
        try await simulator.start()
        try await executor.start()
    }

    func stop() async {
        await executor.stop()
        await simulator.stop()
    }
}
