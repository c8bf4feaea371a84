import ArgumentParser
import MillGraph
import MillHome
import MillNodes
import MillValue

struct HomeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "home",
        abstract: "Play the devices of a pipeline file on a broker.",
        discussion: """
            A stand-in for real devices: takes commands, changes, and reports its state, so that a pipeline can be tried \
            over MQTT. Ctrl-C ends it.

            millrace home pipelines/smart-home.yaml --broker mqtt://127.0.0.1:1883
            """)

    @OptionGroup var arguments: PipelineArguments

    @Option(help: "The broker: mqtt://host:port.")
    var broker: String

    @Option(help: "Write what happened to each device to this JSON file after every change.")
    var counts: String?

    func run() async throws {
        let pipeline = try arguments.load(registry: .millrace(journal: RunJournal()))
        let settings: MQTTSettings
        let registry: DeviceRegistry
        do {
            settings = try MQTTSettings(configuration: ["url": .string(broker)])
            registry = try DeviceRegistry(configuration: pipeline.devices, clock: SystemClock())
        } catch { throw Failure.usage("\(error)") }
        let simulator = HomeSimulator(settings: settings, registry: registry, countsPath: counts)
        let (interrupts, continuation) = AsyncStream.makeStream(of: Void.self)
        Interrupts.observe { _ in continuation.finish() }
        do { try await simulator.start() } catch { throw Failure.run("\(error)") }
        Console.line("\(registry.devices.count) devices at \(broker); Ctrl-C ends")
        for await _ in interrupts {}
        await simulator.stop()
        print(simulator.report.json(pretty: true))
    }
}
