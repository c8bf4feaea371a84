import MillCompute
import MillModels
import MillTensor
import MillValue

/// One test of a model on one number of threads.
struct BenchRow {
    enum Test {
        /// From opening the file to the scores after a short prompt.
        case load
        /// A prompt of this many tokens.
        case read(Int)
        /// This many tokens, one after the other.
        case write(Int)

        var tokenCount: Int {
            switch self {
            case .load: 1
            case .read(let count), .write(let count): count
            }
        }

        func name(depth: Int) -> String {
            let name =
                switch self {
                case .load: "load"
                case .read(let count): "pp\(count)"
                case .write(let count): "tg\(count)"
                }
            return depth > 0 ? "\(name)@d\(depth)" : name
        }
    }

    let test: Test
    let depth: Int
    let threadCount: Int
    let isa: ISA
    let samples: [BenchSample]
    /// nil where there is no bound to hold the row against.
    let cost: Cost?

    /// Tokens per second; for loading, seconds.
    var result: Spread {
        if case .load = test { return Spread(samples.map(\.seconds)) }
        return Spread(samples.map { Double(test.tokenCount) / $0.seconds })
    }

    var resultText: String {
        guard case .load = test else { return result.text }
        return "\(Spread(samples.map { $0.seconds * 1000 }).text) ms"
    }

    /// Seconds of processor time per token; for loading, in all.
    var processorSeconds: Double { Spread(samples.map { $0.processorSeconds / Double(test.tokenCount) }).median }

    /// Pages read from files per token.
    var majorFaults: Double { Spread(samples.map { Double($0.majorFaults) / Double(test.tokenCount) }).median }
}

extension BenchRow {
    /// What a token costs at least, of that which bounds its speed.
    struct Cost {
        enum Bound: String {
            /// Bytes of matrices, keys and values.
            case memory
            /// Multiply-adds of the matrices, as bytes in vectors, in F32, and in BF16 in vectors or AMX tiles.
            case int8 = "8-bit vectors"
            case float32 = "F32"
            case bfloat16 = "BF16"
            case tileBFloat16 = "BF16 tiles"

            var unit: String { self == .memory ? "GB/s" : "GMAC/s" }
        }

        let bound: Bound
        let perToken: Double

        /// Writing is held against memory and reading against multiplication: of quantized weights against 8-bit vectors, also
        /// where AMX multiplies them, whose tiles have to end at each scale and cannot come near their own peak.
        ///
        /// In writing, a token meets all tokens before it: at the depth and half of those written.
        init?(_ test: Test, depth: Int, _ description: ModelDescription, kv: DType?, _ compute: Compute) {
            guard let work = description.work else { return nil }
            switch test {
            case .load: return nil
            case .write(let count):
                bound = .memory
                let seen = Double(depth) + Double(count) / 2
                perToken = Double(work.matrixByteCount) + seen * Self.cacheByteCount(description, kv)
            case .read(let count):
                bound = Self.products(description.shares.first?.dtype ?? .f32, compute)
                // Scores are wanted of the last token only.
                perToken = Double(work.layerMultiplyAddCount) + Double(work.headMultiplyAddCount) / Double(count)
            }
        }

        /// How matrices of a type are multiplied.
        private static func products(_ type: DType, _ compute: Compute) -> Bound {
            guard compute.activations != .float32 else { return .float32 }
            if type.isQuantized { return .int8 }
            switch (type, compute.isa) {
            case (.f16, .amx), (.bf16, .amx): return .tileBFloat16
            case (.f16, .avx512bf16), (.bf16, .avx512bf16): return .bfloat16
            default: return .float32
            }
        }

        /// Bytes of a token's keys and values, kept in another type than the model's default where `kv` is one.
        private static func cacheByteCount(_ description: ModelDescription, _ kv: DType?) -> Double {
            let usual = Double(description.cacheByteCountPerToken)
            guard let kv, let type = description.cacheType,
                let size = kv.byteCount(elementCount: 256), let usualSize = type.byteCount(elementCount: 256)
            else { return usual }
            return usual * Double(size) / Double(usualSize)
        }

        /// What the machine can do of it in a second.
        func limit(_ limits: MachineLimits) -> Double? {
            switch bound {
            case .memory: limits.readBandwidth
            case .int8: limits.int8Rate
            case .float32: limits.float32Rate
            case .bfloat16: limits.bfloat16Rate
            case .tileBFloat16: limits.tileBFloat16Rate
            }
        }
    }

    /// What a row achieves of its bound, and the limit where it was measured.
    struct Roofline {
        let bound: Cost.Bound
        /// In units of 10⁹ per second, as is the limit.
        let achieved: Double
        let limit: Double?

        var percent: Double? { limit.map { achieved / $0 * 100 } }

        var text: String {
            let reached = "\(RunSummary.decimal(achieved)) \(bound.unit)"
            guard let limit, let percent else { return reached }
            return "\(reached), \(Int(percent.rounded())) % of \(RunSummary.decimal(limit)) (\(bound.rawValue))"
        }
    }

    func roofline(_ limits: MachineLimits?) -> Roofline? {
        cost.map {
            Roofline(
                bound: $0.bound, achieved: $0.perToken * result.median * 1e-9,
                limit: limits.flatMap { [cost = $0] in cost.limit($0) }.map { $0 * 1e-9 })
        }
    }

    func value(_ limits: MachineLimits?) -> Value {
        let roofline = roofline(limits)
        let roof: Value =
            roofline.map {
                [
                    "unit": .string($0.bound.unit), "of": .string($0.bound.rawValue), "achieved": .double($0.achieved),
                    "limit": $0.limit.map(Value.double) ?? .null,
                    "percent": $0.percent.map(Value.double) ?? .null,
                ]
            } ?? .null
        let isLoad = if case .load = test { true } else { false }
        return [
            "test": .string(test.name(depth: depth)), "threads": .int(threadCount), "tokens": .int(test.tokenCount),
            "depth": .int(depth), isLoad ? "seconds" : "tokensPerSecond": result.value,
            "cpuSecondsPerToken": .double(processorSeconds), "majorFaultsPerToken": .double(majorFaults), "roofline": roof,
        ]
    }
}
