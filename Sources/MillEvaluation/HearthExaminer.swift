import MillCompute
import MillImage
import MillInference
import MillModels
import MillSchema
import MillTensor
import MillValue

/// Puts test sets to a vision-language model: pictures, and what is true of them in `ground-truth.json` (see ``GroundTruth``).
package struct HearthExaminer: Sendable {
    let host: ModelHost
    let model: HearthModel
    let threadCount: Int
    /// The names that the model knows.
    let labels: Set<String>
    private let constraint: Constraint

    /// - Throws: ``EvaluationError/unsuitableModel(reason:)`` for models of another family.
    package init(path: String, compute: Compute = .shared) throws {
        host = try ModelHost(path: path, compute: compute)
        guard case .hearth(let model) = host.model.network else {
            throw EvaluationError.unsuitableModel(reason: "\(path) is a \(host.model.description.family) model, not hearth")
        }
        self.model = model
        threadCount = compute.threadCount
        labels = Set(model.configuration.itemNames)
        constraint = try host.constraint(schema: JSONSchema(model.configuration.sceneSchema()))
    }

    /// Describes every picture of a folder, and answers the questions about it.
    ///
    /// - Throws: ``EvaluationError`` before the first picture where the ground truth is not one of scenes that the model can tell.
    package func scenes(in folder: String, isCancelled: () -> Bool, progress: (Int, Int) -> Void) throws -> SceneResult {
        var result = SceneResult()
        let truth = try groundTruth(of: folder, problem(ofScene:))
        try forEachPicture(of: truth, in: folder, isCancelled: isCancelled, progress: progress) { picture, frame in
            result.pictureCount += 1
            result.scores.add(reported: try describe(picture), expected: frame)
            for (index, question) in (frame["questions"]?.list ?? []).enumerated() {
                guard let ask = question["ask"]?.string, let expected = question["answer"] else { continue }
                let place = "\(Self.path(of: folder)): frame \(frame["file"]?.string ?? ""): questions[\(index)]"
                result.addAnswer(try answer(to: ask, at: place, about: picture), expected: expected)
            }
        }
        return result
    }

    /// What the model says of every picture of a folder, with nothing left out and nothing added.
    ///
    /// - Throws: ``EvaluationError``, as ``scenes(in:isCancelled:progress:)`` does.
    package func trial(in folder: String, isCancelled: () -> Bool, progress: (Int, Int) -> Void) throws -> GroundingTrial {
        var frames: [GroundingTrial.Frame] = []
        let truth = try groundTruth(of: folder, problem(ofScene:))
        try forEachPicture(of: truth, in: folder, isCancelled: isCancelled, progress: progress) { picture, truth in
            let questions = (truth["questions"]?.list ?? []).compactMap { entry in
                entry["ask"]?.string.flatMap { HearthQuestion($0, model.configuration) }.map {
                    GroundingTrial.Question(question: $0, expected: entry["answer"] ?? .null)
                }
            }
            frames.append(
                GroundingTrial.Frame(
                    answer: try answer(about: picture), slots: picture.slots, truth: truth, questions: questions))
        }
        return GroundingTrial(model.configuration, frames)
    }

    /// Names the one thing on every picture of a folder.
    ///
    /// - Throws: ``EvaluationError`` before the first picture where a frame has not one object with a name that the model knows.
    package func names(in folder: String, isCancelled: () -> Bool, progress: (Int, Int) -> Void) throws -> NameResult {
        var result = NameResult()
        let truth = try groundTruth(of: folder, problem(ofThing:))
        try forEachPicture(of: truth, in: folder, isCancelled: isCancelled, progress: progress) { picture, frame in
            guard let label = frame["objects"]?[0]?["label"]?.string else { return }
            result.add(label, rank: rank(of: label, in: picture))
        }
        return result
    }

    /// How many names come before this one, or beside it, in the slot that is most surely a thing.
    private func rank(of label: String, in picture: HearthPicture) -> Int {
        let items = picture.slots.max { $0.objectness < $1.objectness }?.items ?? []
        guard let index = model.configuration.itemNames.firstIndex(of: label), items.indices.contains(index) else {
            return .max
        }
        let own = items[index]
        // Of names with one probability none is told: a model whose numbers are no numbers must not seem to know all of them.
        return own.isFinite ? items.count { !($0 < own) } - 1 : .max
    }

    /// What the thing in the pictures of a folder looks like.
    package func prototype(of folder: String) throws -> HearthPrototype {
        var examples: [HearthPicture] = []
        let truth = try groundTruth(of: folder)
        try forEachPicture(of: truth, in: folder, isCancelled: { false }, progress: { _, _ in }) { picture, _ in
            examples.append(picture)
        }
        do { return try model.prototype(of: examples) } catch {
            throw EvaluationError.noTestSet(path: folder, reason: "\(error)")
        }
    }

    /// What a thing may look like that is described by names of others; nil where the list has nothing of it.
    ///
    /// - Throws: ``EvaluationError/invalidGroundTruth(reason:)`` where the names are none that the model knows.
    package func prototype(of name: String, like list: NameLists) throws(EvaluationError) -> HearthPrototype? {
        guard let others = list[name] else { return nil }
        do { return try model.prototype(like: others) } catch {
            throw .invalidGroundTruth(reason: "\(list.path): \"\(name)\": \(error)")
        }
    }

    /// Adds a name to the model at `path`, and looks for the thing in the pictures of a folder.
    ///
    /// - Parameter file: where the model with the new name is written.
    /// - Throws: ``EvaluationError/noTestSet(path:reason:)``, too, for a name that the model knows already or cannot take.
    package static func measure(
        adding name: String, _ prototype: HearthPrototype, to path: String, file: String, find folder: String
    ) throws -> AddedResult {
        var vocabulary = try HearthVocabulary(path: path)
        do { try vocabulary.add(name, prototype.embedding) } catch {
            throw EvaluationError.noTestSet(path: folder, reason: "\(error)")
        }
        try vocabulary.write(to: file)
        let examiner = try HearthExaminer(path: file)
        var result = AddedResult()
        let truth = try examiner.groundTruth(of: folder) { frame in
            frame["objects"]?[0] == nil ? "\"objects\" must begin with the thing that was added" : nil
        }
        try examiner.forEachPicture(of: truth, in: folder, isCancelled: { false }, progress: { _, _ in }) { picture, frame in
            var scores = SceneScores()
            var expected = frame.map ?? [:]
            expected["objects"] = .list(
                (frame["objects"]?.list ?? []).prefix(1).map { object in
                    ["label": .string(name), "box": object["box"] ?? .null]
                })
            scores.add(reported: try examiner.describe(picture), expected: .map(expected))
            result.found.count(scores.objects.right == 1)
            result.names.add(name, rank: examiner.rank(of: name, in: picture))
        }
        return result
    }

    /// A description of the picture with boxes and scores.
    func describe(_ picture: HearthPicture) throws -> Value { model.ground(try answer(about: picture), in: picture) }

    /// A description as the decoder writes it; null where it comes to no end.
    private func answer(about picture: HearthPicture) throws -> Value {
        let generation = try host.answer("Describe the scene.", about: picture, GenerationOptions(constraint: constraint))
        return generation.isFinished ? try JSON.parse(generation.text) : .null
    }

    /// - Throws: ``EvaluationError/invalidGroundTruth(reason:)`` for a question that no sequence of the model can hold.
    private func answer(to question: String, at place: String, about picture: HearthPicture) throws -> Value {
        do { return try host.groundedAnswer(question, about: picture, GenerationOptions(tokenLimit: 24)).value } catch {
            guard case .model(.contextFull(let capacity, _)) = error else { throw error }
            throw EvaluationError.invalidGroundTruth(
                reason: "\(place): \"ask\" is too long; with its answer it has to fit into the \(capacity) tokens of a sequence")
        }
    }

    private func forEachPicture(
        of truth: GroundTruth, in folder: String, isCancelled: () -> Bool, progress: (Int, Int) -> Void,
        _ body: (HearthPicture, Value) throws -> Void
    ) throws {
        for (index, file) in truth.frames.keys.sorted().enumerated() {
            guard !isCancelled() else { throw CancellationError() }
            progress(index, truth.frames.count)
            try body(try host.look(at: Self.pixels("\(folder)/\(file)")), truth.frames[file] ?? .null)
        }
    }

    static func pixels(_ path: String) throws(EvaluationError) -> Tensor {
        do { return try ImageDecoder.decode(try StoragePool.default.read(path: path)).pixels } catch {
            throw .picture(path: path, reason: "\(error)")
        }
    }
}
