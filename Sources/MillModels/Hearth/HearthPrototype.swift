import Glibc
import MillTensor
import MillValue

/// What a thing looks like to a hearth model, learned from a few pictures of it or put together from other things.
public struct HearthPrototype: Sendable {
    /// The mean of the examples' item embeddings, length 1, `[itemHidden]`.
    public let embedding: [Float]
    /// For each example, how much it agrees with the mean: the cosine, at most 1.
    public let agreement: [Float]
    /// The known item that looks most alike, and the cosine with it.
    public let nearest: (name: String, similarity: Float)
}

extension HearthModel {
    /// Learns a thing from pictures that each show it larger and clearer than anything else.
    ///
    /// - Throws: ``ModelError/misuse(_:)`` without pictures, or when they cancel each other out.
    public func prototype(of pictures: [HearthPicture]) throws(ModelError) -> HearthPrototype {
        let embeddings = pictures.map { picture in
            let slots = picture.slots
            let best = slots.indices.max { slots[$0].prominence < slots[$1].prominence } ?? 0
            return Array(picture.slotItems.row(best))
        }
        guard let prototype = prototype(embeddings) else {
            throw .misuse("a thing is learned from at least one picture that shows it")
        }
        return prototype
    }

    /// Guesses what a thing looks like from known things that look like it: the middle between their embeddings.
    ///
    /// - Throws: ``ModelError/misuse(_:)`` without names, or for one that is not known.
    public func prototype(like names: [String]) throws(ModelError) -> HearthPrototype {
        var embeddings: [[Float]] = []
        for name in names {
            guard let item = configuration.itemNames.firstIndex(of: name) else {
                let close = Suggestion.closest(to: name, among: configuration.itemNames).map { "; did you mean '\($0)'?" }
                throw .misuse("the model knows no '\(name)'\(close ?? "; `millrace models items list` prints what it knows")")
            }
            embeddings.append(Array(weights.itemEmbedding.row(item)))
        }
        guard let prototype = prototype(embeddings) else {
            throw .misuse("a thing is described by at least one known thing that looks like it")
        }
        return prototype
    }

    /// nil without embeddings, or when they cancel each other out.
    private func prototype(_ embeddings: [[Float]]) -> HearthPrototype? {
        var mean = [Float](repeating: 0, count: configuration.itemHiddenSize)
        for embedding in embeddings {
            for (index, value) in embedding.enumerated() { mean[index] += value }
        }
        let length = dot(mean, mean).squareRoot()
        guard length > 1e-3 else { return nil }
        mean = mean.map { $0 / length }
        let similarities = configuration.itemNames.indices.map { dot(mean, weights.itemEmbedding.row($0)) }
        let nearest = similarities.indices.max { similarities[$0] < similarities[$1] } ?? 0
        return HearthPrototype(
            embedding: mean, agreement: embeddings.map { dot(mean, $0) },
            nearest: (configuration.itemNames[nearest], similarities[nearest]))
    }
}

extension HearthPicture.Slot {
    /// How much this looks like what the picture is about: large and surely a thing.
    fileprivate var prominence: Float { objectness * ((box.x2 - box.x1) * (box.y2 - box.y1)).squareRoot() }
}

private func dot(_ a: some Sequence<Float>, _ b: some Sequence<Float>) -> Float {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}
