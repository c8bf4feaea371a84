/// How an input decides when its node may run.
public enum SyncMode: String, Sendable, Hashable, CaseIterable {
    /// The node runs when all its `exact` inputs hold a packet of the same key and sequence.
    case exact
    /// The input never makes the node run; the node sees the newest packet that has arrived.
    case latest
    /// Every packet makes the node run by itself.
    case any
}

/// A typed input or output of a node type.
public struct PortSpec: Sendable, Hashable {
    public let name: String
    public let type: PortType
    public let summary: String
    /// Inputs: whether a pipeline must connect it.
    public let isRequired: Bool
    /// Inputs: whether the node waits for a packet here once a pipeline has connected it; required ones always are.
    public let isAwaited: Bool
    /// Inputs: what applies unless the pipeline file says otherwise.
    public let sync: SyncMode
    /// Inputs: whether several outputs may be connected.
    public let isVariadic: Bool
    /// Outputs: the input whose type this output has, for nodes that hand on what they get.
    public let sameTypeAs: String?

    public static func input(
        _ name: String, _ type: PortType, _ summary: String = "", required: Bool = true, awaited: Bool = false,
        sync: SyncMode = .exact, variadic: Bool = false
    ) -> PortSpec {
        PortSpec(
            name: name, type: type, summary: summary, isRequired: required, isAwaited: required || awaited, sync: sync,
            isVariadic: variadic, sameTypeAs: nil)
    }

    public static func output(_ name: String, _ type: PortType, _ summary: String = "") -> PortSpec {
        PortSpec(
            name: name, type: type, summary: summary, isRequired: false, isAwaited: false, sync: .exact, isVariadic: false,
            sameTypeAs: nil)
    }

    /// An output that has the type of the node's input `input`.
    public static func output(_ name: String, sameAs input: String, _ summary: String = "") -> PortSpec {
        PortSpec(
            name: name, type: .any, summary: summary, isRequired: false, isAwaited: false, sync: .exact, isVariadic: false,
            sameTypeAs: input)
    }
}
