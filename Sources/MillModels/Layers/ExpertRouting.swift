import MillTensor

/// Which experts each token of a pass meets, and how much each of them counts.
package struct ExpertRouting {
    /// The tokens of one expert, in ascending order.
    package struct Share {
        package let expert: Int
        package var rows: [Int32] = []
        package var weights: [Float] = []
    }

    /// The experts that are met, in ascending order.
    package let shares: [Share]

    /// The most probable experts of each token; among equals the first.
    ///
    /// - Parameters:
    ///   - probabilities: F32 `[n, experts]`, dense.
    ///   - chosenCount: experts for each token, at most as many as there are.
    ///   - renormalizes: whether the weights of a token's experts are divided by their sum.
    package init(_ probabilities: Tensor, chosenCount: Int, renormalizes: Bool) {
        let (tokens, experts) = (probabilities.shape[0], probabilities.shape[1])
        // In bounds: the tensor is dense and holds tokens * experts elements.
        let all = UnsafeBufferPointer(
            start: probabilities.pointer.assumingMemoryBound(to: Float.self), count: tokens * experts)
        var shares = (0..<experts).map { Share(expert: $0) }
        var chosen: [Int] = []
        chosen.reserveCapacity(chosenCount)
        for token in 0..<tokens {
            let values = all[token * experts..<(token + 1) * experts]
            chosen.removeAll(keepingCapacity: true)
            for expert in 0..<experts {
                let value = values[values.startIndex + expert]
                // Behind all that are as probable; what is no number stays behind all others.
                var place = chosen.count
                while place > 0, value > values[values.startIndex + chosen[place - 1]] { place -= 1 }
                guard place < chosenCount else { continue }
                if chosen.count == chosenCount { chosen.removeLast() }
                chosen.insert(expert, at: place)
            }
            var sum: Float = 0
            for expert in chosen { sum += values[values.startIndex + expert] }
            for expert in chosen {
                let value = values[values.startIndex + expert]
                shares[expert].rows.append(Int32(token))
                shares[expert].weights.append(renormalizes ? value / sum : value)
            }
        }
        self.shares = shares.filter { !$0.rows.isEmpty }
    }
}
