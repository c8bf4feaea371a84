import MillTensor
import MillValue
import MillWeights

/// The expected results of a case, and the measures that say how far others are from them.
struct Reference {
    private let file: SafetensorsFile

    init(_ path: String) throws(ModelError) {
        do { file = try SafetensorsFile(path: path) } catch { throw .weights(error) }
    }

    var names: [String] { file.names.sorted() }

    func contains(_ name: String) -> Bool { file.contains(name) }

    func tensor(_ name: String) throws(ModelError) -> Tensor {
        do { return try file.tensor(name) } catch { throw .weights(error) }
    }

    func floats(_ name: String) throws(ModelError) -> [Float] {
        let tensor = try tensor(name)
        do { return try tensor.floats() } catch { throw .memory(error) }
    }

    /// A vector of token ids or indices, whatever its shape.
    func integers(_ name: String) throws(ModelError) -> [Int32] {
        let values: [Int]
        do { values = try file.integers(name) } catch { throw .weights(error) }
        let ids = values.compactMap { Int32(exactly: $0) }
        guard ids.count == values.count else {
            throw .tensor(path: file.path, name: name, problem: "holds numbers that are no token ids")
        }
        return ids
    }

    /// How far `actual` is from the tensor of this name.
    func compare(_ name: String, _ actual: [Float]?, tolerance: Double) throws(ModelError) -> VerificationReport.Comparison {
        let expected = try floats(name)
        return VerificationReport.Comparison(
            name: name, error: Self.normalisedError(actual ?? [], expected),
            largestDifference: Self.largestDifference(actual ?? [], expected), tolerance: tolerance)
    }

    /// max |x - reference|; infinite for different lengths and for what is no number.
    static func largestDifference(_ x: [Float], _ reference: [Float]) -> Double {
        guard x.count == reference.count else { return .infinity }
        var largest = 0.0
        for (value, expected) in zip(x, reference) {
            let difference = abs(Double(value) - Double(expected))
            guard difference.isFinite else { return .infinity }
            largest = max(largest, difference)
        }
        return largest
    }

    /// sum((x - reference)²) / sum(reference²) in F64; infinite for different lengths and for what is no number.
    static func normalisedError(_ x: [Float], _ reference: [Float]) -> Double {
        guard x.count == reference.count else { return .infinity }
        var (error, norm) = (0.0, 0.0)
        for (value, expected) in zip(x, reference) {
            error += (Double(value) - Double(expected)) * (Double(value) - Double(expected))
            norm += Double(expected) * Double(expected)
        }
        guard error.isFinite else { return .infinity }
        if error == 0 { return 0 }
        return norm > 0 ? error / norm : .infinity
    }
}

/// A greedy continuation with the lead of each token over the second best.
struct GreedyReference {
    let prompt: [Int32]
    let ids: [Int32]
    let margins: [Double]

    init(_ value: Value, path: String) throws(ModelError) {
        func ids(_ key: String) -> [Int32]? {
            guard let list = value[key]?.list else { return nil }
            let ids = list.compactMap { $0.int.flatMap { Int32(exactly: $0) } }
            return ids.count == list.count ? ids : nil
        }
        guard let prompt = ids("prompt"), let expected = ids("ids"), let margins = value["margin"]?.list?.compactMap(\.double),
            !prompt.isEmpty, margins.count == expected.count
        else { throw .notAModel(path: path, reason: "prompt, ids and margin do not describe a greedy continuation") }
        self.prompt = prompt
        self.ids = expected
        self.margins = margins
    }

    /// Continues the prompt by the likeliest token each time until a token differs.
    ///
    /// - Parameters:
    ///   - input: the prompt, with rows in place of some tokens; nil where it is the tokens alone.
    ///   - noise: the lead below which the precision at hand may choose either token.
    func check(
        _ name: String, _ context: any DecodingContext, _ input: SequenceInput? = nil, noise: Double
    ) throws(ModelError) -> VerificationReport.Continuation {
        let input = input ?? SequenceInput(prompt)
        var start = 0
        while start < input.count {
            let end = min(start + context.chunkLength, input.count)
            try context.append(input[start..<end])
            start = end
        }
        var equalCount = 0
        while equalCount < ids.count, context.logits.likeliest == ids[equalCount] {
            equalCount += 1
            if equalCount < ids.count { try context.append([ids[equalCount - 1]]) }
        }
        return VerificationReport.Continuation(
            name: name, count: ids.count, equalCount: equalCount,
            decidedCount: margins.firstIndex { $0 < noise } ?? ids.count, noise: noise)
    }
}

extension Tensor {
    /// The index of the greatest element of a dense F32 vector; the first of equals.
    package var likeliest: Int32 {
        let values = UnsafeBufferPointer(start: pointer.assumingMemoryBound(to: Float.self), count: elementCount)
        var best = 0
        for index in values.indices where values[index] > values[best] { best = index }
        return Int32(best)
    }
}
