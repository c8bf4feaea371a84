import MillImage
import MillInference
import MillModels
import MillSchema
import MillTensor
import MillValue

/// Puts test sets to a vision-language model: pictures, and what is true of them in `ground-truth.json` (see ``GroundTruth``).
package struct HearthExaminer: Sendable {
    private let host: ModelHost
    private let model: HearthModel
    private let constraint: Constraint

    /// - Throws: ``EvaluationError/unsuitableModel(reason:)`` for models of another family.
    package init(path: String) throws {
        host = try ModelHost(path: path)
        guard case .hearth(let model) = host.model.network else {
            throw EvaluationError.unsuitableModel(reason: "\(path) is a \(host.model.description.family) model, not hearth")
        }
        self.model = model
        constraint = try host.constraint(schema: JSONSchema(model.configuration.sceneSchema()))
    }

    /// Describes every picture of a folder, and answers the questions about it.
    package func scenes(in folder: String, isCancelled: () -> Bool, progress: (Int, Int) -> Void) throws -> SceneResult {
        var result = SceneResult()
        try forEachPicture(of: folder, isCancelled: isCancelled, progress: progress) { picture, truth in
            result.pictureCount += 1
            result.scores.add(reported: try describe(picture), expected: truth)
            for question in truth["questions"]?.list ?? [] {
                guard let ask = question["ask"]?.string, let expected = question["answer"] else { continue }
                let text = try host.answer(ask, about: picture, GenerationOptions(tokenLimit: 24)).text
                result.addAnswer((try? JSON.parse(text)) ?? .null, expected: expected)
            }
        }
        return result
    }

    /// Names the one thing on every picture of a folder.
    package func names(in folder: String, isCancelled: () -> Bool, progress: (Int, Int) -> Void) throws -> NameResult {
        var result = NameResult()
        try forEachPicture(of: folder, isCancelled: isCancelled, progress: progress) { picture, truth in
            guard let label = truth["objects"]?[0]?["label"]?.string else { return }
            let slot = picture.slots.max { $0.objectness < $1.objectness }
            let items = slot?.items ?? []
            let index = model.configuration.itemNames.firstIndex(of: label)
            // The place of the right name among all of them, from 0.
            let rank = index.map { index in items.reduce(0) { $0 + ($1 > items[index] ? 1 : 0) } }
            result.add(label, rank: rank ?? Int.max)
        }
        return result
    }

    /// Learns the thing in the pictures of `learn` under `name`, and looks for it in those of `find`.
    ///
    /// - Parameter file: where the model with the new name is written.
    /// - Returns: in how many of the pictures it was found, with its box.
    package func findsAdded(_ name: String, learn: String, find: String, model path: String, file: String) throws -> Score {
        var examples: [HearthPicture] = []
        try forEachPicture(of: learn, isCancelled: { false }, progress: { _, _ in }) { picture, _ in examples.append(picture) }
        var vocabulary = try HearthVocabulary(path: path)
        try vocabulary.add(name, model.prototype(of: examples).embedding)
        try vocabulary.write(to: file)
        let examiner = try HearthExaminer(path: file)
        var score = Score()
        try examiner.forEachPicture(of: find, isCancelled: { false }, progress: { _, _ in }) { picture, truth in
            var scores = SceneScores()
            var expected = truth.map ?? [:]
            expected["objects"] = .list(
                (truth["objects"]?.list ?? []).prefix(1).map { object in
                    ["label": .string(name), "box": object["box"] ?? .null]
                })
            scores.add(reported: try examiner.describe(picture), expected: .map(expected))
            score.count(scores.objects.right == 1)
        }
        return score
    }

    private func describe(_ picture: HearthPicture) throws -> Value {
        let generation = try host.answer(
            "Describe the scene.", about: picture, GenerationOptions(constraint: constraint))
        guard generation.isFinished else { return .null }
        return model.ground(try JSON.parse(generation.text), in: picture)
    }

    private func forEachPicture(
        of folder: String, isCancelled: () -> Bool, progress: (Int, Int) -> Void,
        _ body: (HearthPicture, Value) throws -> Void
    ) throws {
        let truth = try GroundTruth(path: "\(folder)/ground-truth.json")
        guard !truth.frames.isEmpty else {
            throw EvaluationError.noTestSet(path: folder, reason: "ground-truth.json lists no frames")
        }
        for (index, file) in truth.frames.keys.sorted().enumerated() {
            guard !isCancelled() else { throw CancellationError() }
            progress(index, truth.frames.count)
            let path = "\(folder)/\(file)"
            let pixels: Tensor
            do { pixels = try ImageDecoder.decode(try StoragePool.default.read(path: path)).pixels } catch {
                throw EvaluationError.picture(path: path, reason: "\(error)")
            }
            try body(try host.look(at: pixels), truth.frames[file] ?? .null)
        }
    }
}
