import MillValue

extension VirtualHome {
    /// Reads a `virtual:` connection of the pipeline file.
    ///
    /// - Throws: ``HomeError/configuration(_:)`` for settings that it does not have.
    public convenience init(configuration: Value?, clock: any MillClock) throws(HomeError) {
        let issues = IssueCollector()
        var reader = ConfigurationReader(configuration, path: [], issues: issues)
        _ = reader.string("url")
        // A pipeline whose home is virtual by default carries the settings for the broker that it may be given.
        for key in ["username", "password", "prefix", "client_id"] { _ = reader.value(key) }
        _ = reader.value("tls")
        _ = reader.value("discovery")
        reader.finish()
        try issues.check()
        self.init(clock: clock)
    }
}
