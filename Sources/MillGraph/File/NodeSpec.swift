import MillValue

/// A node as the file describes it, before types and references are looked up.
struct NodeSpec {
    let name: String
    let location: SourceLocation
    let type: Located<String>
    let model: Located<String>?
    let connection: Located<String>?
    let config: Tree?
    /// Where to point when something is missing from the configuration.
    let configLocation: SourceLocation
    let inputs: [InputSpec]
    /// Whether `inputs` holds something that could not be read and has been reported.
    let hasUnreadableInputs: Bool
    let when: Tree?
    let onError: ErrorPolicy?
    let restart: Located<RestartPolicy>?
    let parallel: Located<Int>?
    let batch: Located<BatchSettings>?
}

/// One connected input, or one of several outputs connected to a variadic one.
struct InputSpec {
    let port: String
    let portLocation: SourceLocation
    let from: Located<String>
    let queue: QueueSettings?
    let sync: SyncMode?
    let timeout: Located<Duration>?
    let onTimeout: TimeoutAction?
    let isOptional: Bool
    /// Where `back_edge: true` stands.
    let backEdge: SourceLocation?
    let maximumRounds: Int?
    let when: Tree?
}

/// A value with the place where it stands.
struct Located<Wrapped> {
    let value: Wrapped
    let location: SourceLocation

    init(_ value: Wrapped, at location: SourceLocation) {
        self.value = value
        self.location = location
    }
}
