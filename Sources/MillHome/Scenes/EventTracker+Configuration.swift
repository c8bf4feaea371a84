import MillValue

extension EventTracker {
    /// Reads `{enter: 3 frames, leave: 5s, settle: 2 frames, threshold: 0.7, move: 0.15, labels: [person]}`; all may be left out.
    ///
    /// - Throws: ``HomeError/configuration(_:)`` with every problem.
    public init(configuration: Value?) throws(HomeError) {
        let issues = IssueCollector()
        var reader = ConfigurationReader(configuration, path: [], issues: issues)
        var settings = Settings()
        func persistence(_ key: String) -> Persistence? {
            reader.read(key, "a count such as '3 frames' or a time such as '5s'") { $0.string.flatMap { Persistence(text: $0) } }
        }
        if let enter = persistence("enter") { settings.enter = enter }
        if let leave = persistence("leave") { settings.leave = leave }
        if let settle = persistence("settle") { settings.settle = settle }
        if let threshold = reader.number("threshold", in: 0...1) { settings.threshold = threshold }
        if let move = reader.number("move", in: 0...1e6) { settings.move = move }
        if let labels = reader.strings("labels") { settings.labels = Set(labels) }
        reader.finish()
        try issues.check()
        self.init(settings: settings)
    }
}
