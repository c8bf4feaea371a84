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
    private let constraint: Constraint

    /// - Throws: ``EvaluationError/unsuitableModel(reason:)`` for models of another family.
    package init(path: String, compute: Compute = .shared) throws {
        host = try ModelHost(path: path, compute: compute)
        guard case .hearth(let model) = host.model.network else {
            throw EvaluationError.unsuitableModel(reason: "\(path) is a \(host.model.description.family) model, not hearth")
        }
        self.model = model
        threadCount = compute.threadCount
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

    /// What the model says of every picture of a folder, with nothing left out and nothing added.
    package func trial(in folder: String, isCancelled: () -> Bool, progress: (Int, Int) -> Void) throws -> GroundingTrial {
        var frames: [GroundingTrial.Frame] = []
        try forEachPicture(of: folder, isCancelled: isCancelled, progress: progress) { picture, truth in
            frames.append(GroundingTrial.Frame(answer: try answer(about: picture), slots: picture.slots, truth: truth))
        }
        return GroundingTrial(model.configuration, frames)
    }

    /// Names the one thing on every picture of a folder.
    package func names(in folder: String, isCancelled: () -> Bool, progress: (Int, Int) -> Void) throws -> NameResult {
        var result = NameResult()
        try forEachPicture(of: folder, isCancelled: isCancelled, progress: progress) { picture, truth in
            guard let label = truth["objects"]?[0]?["label"]?.string else { return }
            result.add(label, rank: rank(of: label, in: picture))
        }
        return result
    }

    /// How many names come before this one in the slot that is most surely a thing.
    private func rank(of label: String, in picture: HearthPicture) -> Int {
        let items = picture.slots.max { $0.objectness < $1.objectness }?.items ?? []
        guard let index = model.configuration.itemNames.firstIndex(of: label), items.indices.contains(index) else {
            return .max
        }
        return items.count { $0 > items[index] }
    }

    /// What the thing in the pictures of a folder looks like.
    package func prototype(of folder: String) throws -> HearthPrototype {
        var examples: [HearthPicture] = []
        try forEachPicture(of: folder, isCancelled: { false }, progress: { _, _ in }) { picture, _ in examples.append(picture) }
        return try model.prototype(of: examples)
    }

    /// What a thing may look like that is described by names of others.
    package func prototype(like names: [String]) throws -> HearthPrototype { try model.prototype(like: names) }

    /// Adds a name to the model at `path`, and looks for the thing in the pictures of a folder.
    ///
    /// - Parameter file: where the model with the new name is written.
    package static func measure(
        adding name: String, _ prototype: HearthPrototype, to path: String, file: String, find folder: String
    ) throws -> AddedResult {
        var vocabulary = try HearthVocabulary(path: path)
        try vocabulary.add(name, prototype.embedding)
        try vocabulary.write(to: file)
        let examiner = try HearthExaminer(path: file)
        var result = AddedResult()
        try examiner.forEachPicture(of: folder, isCancelled: { false }, progress: { _, _ in }) { picture, truth in
            var scores = SceneScores()
            var expected = truth.map ?? [:]
            expected["objects"] = .list(
                (truth["objects"]?.list ?? []).prefix(1).map { object in
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
            try body(try host.look(at: Self.pixels("\(folder)/\(file)")), truth.frames[file] ?? .null)
        }
    }

    static func pixels(_ path: String) throws(EvaluationError) -> Tensor {
        do { return try ImageDecoder.decode(try StoragePool.default.read(path: path)).pixels } catch {
            throw .picture(path: path, reason: "\(error)")
        }
    }
}
