import MillValue

extension HearthExaminer {
    static func path(of folder: String) -> String { "\(folder)/ground-truth.json" }

    /// What the pictures of a folder show.
    ///
    /// - Parameter problem: what is wrong with a frame for what it is needed for; nil where nothing is.
    /// - Throws: ``EvaluationError``, naming file, frame and field.
    func groundTruth(
        of folder: String, _ problem: (Value) -> String? = { _ in nil }
    ) throws(EvaluationError) -> GroundTruth {
        let path = Self.path(of: folder)
        let truth = try GroundTruth(path: path)
        guard !truth.frames.isEmpty else { throw .noTestSet(path: folder, reason: "ground-truth.json lists no frames") }
        for (file, frame) in truth.frames.sorted(by: { $0.key < $1.key }) {
            guard let problem = problem(frame) else { continue }
            throw .invalidGroundTruth(reason: "\(path): frame \(file): \(problem)")
        }
        return truth
    }

    /// Whether a description can be compared with a frame: all that it says must be there, and in the model's words.
    func problem(ofScene frame: Value) -> String? {
        guard let people = frame["people"]?.int, people >= 0 else { return "\"people\" must be a whole number from 0" }
        for key in ["activity", "light"] where frame[key]?.string == nil { return "\"\(key)\" must be text" }
        return unknownLabel(in: frame)
    }

    /// Whether a frame shows one thing that the model has a name for.
    func problem(ofThing frame: Value) -> String? {
        let count = frame["objects"]?.list?.count ?? 0
        guard count == 1 else { return "\"objects\" must hold one object in a set of names, not \(count)" }
        return unknownLabel(in: frame)
    }

    private func unknownLabel(in frame: Value) -> String? {
        for (index, object) in (frame["objects"]?.list ?? []).enumerated() {
            let label = object["label"]?.string ?? ""
            guard !labels.contains(label) else { continue }
            return "objects[\(index)]: \"label\" is \(label), which the model does not know;"
                + " `millrace models schema` lists the names"
        }
        return nil
    }
}
