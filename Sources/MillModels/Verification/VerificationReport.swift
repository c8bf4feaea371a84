import MillValue

/// What a comparison with reference results found.
public struct VerificationReport: Sendable {
    /// What a distance from a reference is measured in.
    public enum Measure: String, Sendable, Hashable {
        /// sum((x - reference)²) / sum(reference²).
        case nmse = "NMSE"
        /// max |x - reference|.
        case largest = "largest difference"
        /// The mean of |x - reference|.
        case mean = "mean difference"
        /// Equal (0) or not (infinity).
        case equality = "difference"
    }

    /// One tensor, text or file against its reference.
    public struct Comparison: Sendable, Hashable {
        /// The reference's name: `a.layer.0`, `b.logits`.
        public let name: String
        public var measure = Measure.nmse
        /// In ``measure``; infinite when shapes differ.
        public let error: Double
        /// max |x - reference|; infinite when shapes differ.
        public let largestDifference: Double
        public let tolerance: Double

        public var isPassed: Bool { error <= tolerance }

        /// The error as a share of what is allowed.
        var share: Double { tolerance > 0 ? error / tolerance : error > 0 ? .infinity : 0 }

        /// Of what has no distance: equal, or infinitely far.
        package static func equality(_ name: String, _ isEqual: Bool, tolerance: Double = 0) -> Comparison {
            Comparison(
                name: name, measure: .equality, error: isEqual ? 0 : .infinity, largestDifference: isEqual ? 0 : .infinity,
                tolerance: tolerance)
        }
    }

    /// A greedy continuation against its reference.
    public struct Continuation: Sendable, Hashable {
        public let name: String
        /// Tokens of the reference.
        public let count: Int
        /// Tokens that agree, from the first on.
        public let equalCount: Int
        /// Tokens that must agree: those before the first step whose lead over the second best is below `noise`.
        public let decidedCount: Int
        /// The lead, in logits, below which either token is right.
        public let noise: Double

        public var isPassed: Bool { equalCount >= decidedCount }
    }

    /// How far llama.cpp is from the same reference on the same file, as the case states it.
    public struct Peer: Sendable, Hashable {
        /// The NMSE of its logits: the larger one of keys and values in F16 and in F32.
        public let error: Double
        /// The NMSE of this run's logits, of the same prompts.
        public let ours: Double
        /// Whether this run must be as close; not where it rounds to BF16 what llama.cpp keeps in F16.
        public let isCompared: Bool

        /// What the same rounding to 8 bits may differ by on models of two layers: over all types and instruction sets
        /// the largest is 1.3 times llama.cpp's, and most are below it.
        static let noise = 1.5

        package init(error: Double, ours: Double, isCompared: Bool) {
            self.error = error
            self.ours = ours
            self.isCompared = isCompared
        }

        public var isPassed: Bool { !isCompared || ours <= error * Self.noise }
    }

    /// One file at one precision.
    public struct Run: Sendable {
        /// `float32`, or `Q4_0 int8`.
        public let title: String
        public var comparisons: [Comparison] = []
        public var continuations: [Continuation] = []
        /// nil where the case states nothing of llama.cpp.
        public var peer: Peer?
        /// Why the run could not be carried out.
        public var failure: String?
        /// The failure, where it is that the model's architecture is not supported.
        var unsupported: String?

        package init(title: String, failure: String? = nil) {
            self.title = title
            self.failure = failure
        }

        public var isPassed: Bool {
            failure == nil && !comparisons.isEmpty && comparisons.allSatisfy(\.isPassed)
                && continuations.allSatisfy(\.isPassed) && peer?.isPassed ?? true
        }

        /// The largest error and the name of the tensor that has it.
        public var worst: Comparison? { comparisons.max { $0.share < $1.share } }
    }

    public let path: String
    public let name: String
    public let kind: String
    /// Why the case cannot be verified: its kind or its architecture is not supported.
    public let unsupported: String?
    public let runs: [Run]

    public var isPassed: Bool { unsupported == nil && !runs.isEmpty && runs.allSatisfy(\.isPassed) }
}

extension VerificationReport: CustomStringConvertible {
    /// One line: passed or not, and of each measure the result that comes closest to its tolerance.
    public var description: String {
        if let unsupported { return "\(name): not verified: \(unsupported)" }
        var parts = ["\(name) (\(kind)): \(isPassed ? "passed" : "FAILED")"]
        for run in runs {
            if let failure = run.failure {
                parts.append("\(run.title) FAILED: \(failure)")
                continue
            }
            var facts: [String] = []
            if let worst = run.worst {
                let count = run.comparisons.count
                facts.append(
                    "\(worst.measure.rawValue) \(Self.scientific(worst.error)) of \(Self.scientific(worst.tolerance)) in \(worst.name)"
                        + (count > 1 ? " (worst of \(count))" : "") + (worst.isPassed ? "" : " FAILED"))
            }
            facts += run.continuations.map { item in
                "\(item.name) \(item.equalCount)/\(item.count) tokens\(item.isPassed ? "" : " FAILED")"
            }
            if let peer = run.peer { facts.append(Self.text(peer)) }
            parts.append("\(run.title) \(facts.joined(separator: ", "))")
        }
        return parts.joined(separator: "; ")
    }

    /// A table of all comparisons.
    public var details: String {
        if let unsupported { return "\(name): not verified: \(unsupported)" }
        var lines = ["\(name) (\(kind)): \(isPassed ? "passed" : "FAILED")"]
        for run in runs {
            lines.append("  \(run.title)")
            if let failure = run.failure { lines.append("    FAILED: \(failure)") }
            for item in run.comparisons {
                lines.append(
                    "    \(item.name.padded(to: 24)) \(item.measure.rawValue) \(Self.scientific(item.error).padded(to: 9))"
                        + " limit \(Self.scientific(item.tolerance).padded(to: 9))\(item.isPassed ? "" : " FAILED")")
            }
            for item in run.continuations {
                lines.append(
                    "    \(item.name.padded(to: 24)) \(item.equalCount) of \(item.count) tokens equal,"
                        + " \(item.decidedCount) decided by more than \(item.noise)\(item.isPassed ? "" : " FAILED")")
            }
            if let peer = run.peer { lines.append("    \(Self.text(peer))") }
        }
        return lines.joined(separator: "\n")
    }

    /// `logits 2.9e-4, llama.cpp 5.2e-4`.
    private static func text(_ peer: Peer) -> String {
        let end = peer.isPassed ? peer.isCompared ? "" : " (in BF16, not compared)" : " FAILED"
        return "logits \(scientific(peer.ours)), llama.cpp \(scientific(peer.error))\(end)"
    }

    /// Two significant digits, as in `3.2e-13`; a half goes up, also one that no binary number is: 7.45e-7 is 7.5e-7.
    package static func scientific(_ value: Double) -> String {
        guard value.isFinite, value > 0 else { return value == 0 ? "0" : "\(value)" }
        var (mantissa, exponent) = (value, 0)
        while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        // Ten digits are more than anybody wrote, and fewer than the binary number has.
        var tenths = (Int((mantissa * 1e9).rounded()) + 50_000_000) / 100_000_000
        if tenths == 100 { (tenths, exponent) = (10, exponent + 1) }
        return "\(tenths / 10).\(tenths % 10)e\(exponent)"
    }
}

extension VerificationReport {
    public var value: Value {
        [
            "path": .string(path), "name": .string(name), "kind": .string(kind), "passed": .bool(isPassed),
            "unsupported": unsupported.map(Value.string) ?? .null, "runs": .list(runs.map(\.value)),
        ]
    }
}

extension VerificationReport.Run {
    fileprivate var value: Value {
        [
            "title": .string(title), "passed": .bool(isPassed), "failure": failure.map(Value.string) ?? .null,
            "llama_cpp": peer.map { peer in
                ["error": .double(peer.error), "ours": .double(peer.ours), "compared": .bool(peer.isCompared)]
            } ?? .null,
            "comparisons": .list(
                comparisons.map { item in
                    [
                        "name": .string(item.name), "measure": .string(item.measure.rawValue), "error": .double(item.error),
                        "largest_difference": .double(item.largestDifference), "tolerance": .double(item.tolerance),
                        "passed": .bool(item.isPassed),
                    ]
                }),
            "continuations": .list(
                continuations.map { item in
                    [
                        "name": .string(item.name), "tokens": .int(item.count), "equal": .int(item.equalCount),
                        "decided": .int(item.decidedCount), "noise": .double(item.noise), "passed": .bool(item.isPassed),
                    ]
                }),
        ]
    }
}
