import MillValue

/// What the pictures of a folder really show, and what should come of it.
///
/// The file is JSON: `frames` holds, per picture, `file`, `objects` (`label`, `state`, `box` as left, top, right,
/// bottom in fractions of the upright picture), `people`, `activity` and `light`, and where there are any, `questions` (`ask`,
/// `answer`). There may also be `events`, which lists `file`, `type` and `label`, of labels as a whole, and `actions`, which lists
/// `file`, `device` and `command`. What a frame says of objects and questions is checked; which labels there are depends on
/// the model, and is not.
package struct GroundTruth: Sendable {
    /// By their files.
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

    /// - Throws: ``EvaluationError/invalidGroundTruth(reason:)`` when a part is missing, of the wrong kind or out of range, with
    ///   the frame and the field.
    package init(_ document: Value) throws(EvaluationError) {
        frames = try Self.frames(document["frames"])
        events = try Self.findings(document["events"], "events") { Self.event($0) }
        actions = try Self.findings(document["actions"], "actions") { Self.action($0) }
    }

    /// Reads the file at `path`.
    ///
    /// - Throws: ``EvaluationError/invalidGroundTruth(reason:)`` when it cannot be read or is not valid, with the path.
    package init(path: String) throws(EvaluationError) {
        let document = try Value.document(path: path)
        do { self = try GroundTruth(document) } catch { throw error.at(path) }
    }

    private static func frames(_ list: Value?) throws(EvaluationError) -> [String: Value] {
        guard let frames = list?.list else { throw .invalidGroundTruth(reason: "\"frames\" must be a list") }
        var byFile: [String: Value] = [:]
        for (index, frame) in frames.enumerated() {
            guard let file = frame["file"]?.string, !file.isEmpty else {
                throw .invalidGroundTruth(reason: "frames[\(index)] has no \"file\"")
            }
            guard byFile[file] == nil else {
                throw .invalidGroundTruth(reason: "frames[\(index)]: \"file\" is \(file), which has a frame already")
            }
            if let problem = FrameCheck.problem(of: frame) {
                throw .invalidGroundTruth(reason: "frame \(file): \(problem)")
            }
            byFile[file] = frame
        }
        return byFile
    }

    private static func findings(
        _ list: Value?, _ name: String, _ what: (Value) -> String
    ) throws(EvaluationError) -> [Finding] {
        guard let given = list else { return [] }
        guard let list = given.list else { throw .invalidGroundTruth(reason: "\"\(name)\" must be a list") }
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
