import MillTensor
import MillValue

/// What the pictures of a folder really show, and what should come of it.
///
/// The file is JSON: `frames` holds, per picture, `file`, `objects` (`label`, `state`, `box` as left, top, right,
/// bottom in fractions of the upright picture), `people`, `activity` and `light`; `events` lists `file`, `type` and
/// `label`, of labels as a whole; `actions` lists `file`, `device` and `command`.
package struct GroundTruth: Sendable {
    package let frames: [String: Value]
    package let events: [Finding]
    package let actions: [Finding]

    /// Something that happened at a frame, in a form that can be compared.
    package struct Finding: Sendable, Hashable {
        package let frame: String
        package let what: String

        package init(frame: String, what: String) {
            self.frame = frame
            self.what = what
        }
    }

    /// - Throws: ``EvaluationError/invalidGroundTruth(reason:)`` when a part is missing or of the wrong kind.
    package init(_ document: Value) throws(EvaluationError) {
        guard let frames = document["frames"]?.list else { throw .invalidGroundTruth(reason: "\"frames\" must be a list") }
        var byFile: [String: Value] = [:]
        for (index, frame) in frames.enumerated() {
            guard let file = frame["file"]?.string else {
                throw .invalidGroundTruth(reason: "frames[\(index)] has no \"file\"")
            }
            byFile[file] = frame
        }
        self.frames = byFile
        events = try Self.findings(document["events"], "events") { Self.event($0) }
        actions = try Self.findings(document["actions"], "actions") { Self.action($0) }
    }

    /// Reads the file at `path`.
    ///
    /// - Throws: ``EvaluationError/invalidGroundTruth(reason:)`` when it cannot be read or is not valid.
    package init(path: String) throws(EvaluationError) {
        let document: Value
        do { document = try JSON.parse(bytes: try Storage.map(path: path).bytes) } catch {
            throw .invalidGroundTruth(reason: "\(path): \(error)")
        }
        try self.init(document)
    }

    private static func findings(
        _ list: Value?, _ name: String, _ what: (Value) -> String
    ) throws(EvaluationError) -> [Finding] {
        guard let list = list?.list else { throw .invalidGroundTruth(reason: "\"\(name)\" must be a list") }
        var result: [Finding] = []
        for (index, entry) in list.enumerated() {
            guard let frame = entry["file"]?.string else {
                throw .invalidGroundTruth(reason: "\(name)[\(index)] has no \"file\"")
            }
            result.append(Finding(frame: frame, what: what(entry)))
        }
        return result
    }

    /// An event's finding: its type and label.
    package static func event(_ entry: Value) -> String {
        "\(entry["type"]?.string ?? "") \(entry["label"]?.string ?? "")"
    }

    /// An action's finding, or an outcome's: its device and command.
    package static func action(_ entry: Value) -> String {
        "\(entry["device"]?.string ?? "") \(entry["command"]?.string ?? "")"
    }
}
