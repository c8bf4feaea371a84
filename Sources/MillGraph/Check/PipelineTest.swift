import MillValue

/// One entry of the file's `tests` section.
public struct PipelineTest: Sendable {
    public let name: String
    /// Per source, the absolute paths of the files that replace what it would send.
    public let stubs: [(node: String, files: [String])]
    /// Per output, the values that are expected there, in order; each lists the fields that must agree.
    public let expectations: [(output: PortReference, values: [Value])]
    public let location: SourceLocation
}
