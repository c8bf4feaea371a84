import MillTensor
import MillValue

/// Stands in for a source in a test: sends the content of files, one packet each, as fast as the graph takes them.
final class StubSource: SourceNode {
    private let payloads: [(key: String, payload: Payload)]

    /// Reads the files.
    ///
    /// - Parameters:
    ///   - files: for bytes, any; for text, text; for records, JSON (one packet) or JSON Lines (`.jsonl`, one per line). Where
    ///     the output takes anything, the ending decides, and other files are bytes. Of ticks only the number matters.
    ///   - type: of the source's first output.
    init(files: [String], type: PortType) throws(PipelineTestError) {
        var payloads: [(key: String, payload: Payload)] = []
        for file in files {
            let name = file.split(separator: "/").last.map(String.init) ?? file
            for payload in try Self.payloads(file, type) { payloads.append((name, payload)) }
        }
        self.payloads = payloads
    }

    func run(_ emit: AsyncEmitter) async throws {
        for (index, (key, payload)) in payloads.enumerated() {
            try await emit(payload, key: key, identity: "\(key)/\(index)")
        }
    }

    private static func payloads(_ file: String, _ type: PortType) throws(PipelineTestError) -> [Payload] {
        switch type {
        case .tick: return [.tick]
        case .bytes: return [.bytes(try bytes(file))]
        case .text: return [.text(try text(file))]
        case .record, .event, .action, .outcome: return try values(file)
        case .any:
            if file.hasSuffix(".json") || file.hasSuffix(".jsonl") { return try values(file) }
            return file.hasSuffix(".txt") || file.hasSuffix(".md") ? [.text(try text(file))] : [.bytes(try bytes(file))]
        case .image, .document, .page, .tensor, .named:
            throw .stub(file: file, reason: "a file cannot stand in for a source of \(type)")
        }
    }

    private static func bytes(_ file: String) throws(PipelineTestError) -> Tensor {
        do { return try StoragePool.default.read(path: file) } catch { throw .stub(file: file, reason: "\(error)") }
    }

    private static func text(_ file: String) throws(PipelineTestError) -> String {
        do {
            let bytes = try FileAccess.read(file, limit: FileAccess.maximumIncludeBytes)
            if let text = String(validating: bytes, as: UTF8.self) { return text }
            throw PipelineTestError.stub(file: file, reason: "it is not UTF-8")
        } catch FileAccess.Failure.unreadable(let reason) {
            throw .stub(file: file, reason: reason)
        } catch FileAccess.Failure.tooLarge(let limit) {
            throw .stub(file: file, reason: "it is larger than \(limit >> 20) MiB")
        } catch {
            throw .stub(file: file, reason: "\(error)")
        }
    }

    private static func values(_ file: String) throws(PipelineTestError) -> [Payload] {
        let text = try text(file)
        let parts = file.hasSuffix(".jsonl") ? text.split(whereSeparator: \.isNewline).map(String.init) : [text]
        do { return try parts.map { .value(try JSON.parse($0)) } } catch { throw .stub(file: file, reason: "\(error)") }
    }
}

/// Takes the place of a node that writes to the outside, in a test.
final class DiscardNode: Node {
    func step(_ inputs: Inputs, _ emit: Emitter) throws {}
}
