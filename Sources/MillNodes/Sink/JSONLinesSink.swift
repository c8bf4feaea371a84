import MillGraph
import MillValue

/// `sink.jsonl`: appends records to a file, one JSON object per line.
final class JSONLinesSink: Node {
    static let type = NodeType(
        "sink.jsonl", "Writes each record as one line of JSON to a file, or to standard output.",
        inputs: [.input("record", .record, "what to write", variadic: true)],
        configuration: [
            ConfigField("path", .path, "the file, made with its folder; `-` is standard output", required: true),
            ConfigField("append", .boolean, "keep what the file holds", default: false),
            ConfigField("envelope", .boolean, "add the packet's key, sequence and time under `packet`", default: false),
        ],
        make: { context in
            JSONLinesSink(
                file: try OutputFile(path: try context.config.string("path"), append: try context.config.bool("append")),
                hasEnvelope: try context.config.bool("envelope"))
        })

    private let file: OutputFile
    private let hasEnvelope: Bool

    init(file: OutputFile, hasEnvelope: Bool) {
        self.file = file
        self.hasEnvelope = hasEnvelope
    }

    func step(_ inputs: Inputs, _ emit: Emitter) throws {
        let packet = try inputs.packet("record")
        guard var record = packet.payload.value else { throw NodeError.wrongPayload(port: "record", expected: "a record") }
        if hasEnvelope, case .map(var map) = record {
            map["packet"] = packet.envelopeValue
            record = .map(map)
        }
        try file.write(record.json() + "\n")
    }
}
