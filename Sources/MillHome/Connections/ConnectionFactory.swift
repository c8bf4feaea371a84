import MillValue

/// Makes the connection that a pipeline file describes.
public enum HomeConnections {
    /// Reads a connection whose `url` begins with `virtual:`, `mqtt://` or `mqtts://`.
    ///
    /// - Throws: ``HomeError/configuration(_:)`` with every problem.
    public static func make(configuration: Value, clock: any MillClock) throws(HomeError) -> any HomeConnection {
        guard let url = configuration["url"]?.string else {
            throw .configuration([
                ConfigurationIssue(path: ["url"], message: "missing; it is virtual:, mqtt://host or mqtts://host")
            ])
        }
        let settings = try check(configuration, isVirtual: url.hasPrefix("virtual:"), url: url)
        return settings.map { MQTTConnection(settings: $0) } ?? VirtualHome(clock: clock)
    }

    /// A pipeline whose home is virtual by default carries the settings for the broker that it may be given: they are
    /// checked in both cases.
    private static func check(_ configuration: Value, isVirtual: Bool, url: String) throws(HomeError) -> MQTTSettings? {
        guard isVirtual, case .map(var map) = configuration else { return try MQTTSettings(configuration: configuration) }
        guard url == "virtual:" || url == "virtual://" else {
            throw .configuration([
                ConfigurationIssue(
                    path: ["url"], message: "nothing may follow 'virtual:', found '\(url)'", suggestion: "virtual:")
            ])
        }
        map["url"] = .string(map["tls"] == nil ? "mqtt://localhost" : "mqtts://localhost")
        _ = try MQTTSettings(configuration: .map(map))
        return nil
    }
}
