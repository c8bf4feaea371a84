public import MillCompute
import MillTensor
public import MillValue

/// What was chosen for a model on this machine, and why.
///
/// ```swift
/// for choice in ModelPlan(host.model.description, .auto).choices { print(choice) }
/// ```
public struct ModelPlan: Sendable {
    /// One thing that was chosen.
    public struct Choice: Sendable, Hashable, CustomStringConvertible {
        /// `device`, `precision`, `weights`, `kv`, `memory`.
        public let subject: String
        public let value: String
        public let reason: String

        public var description: String { "\(subject) \(value): \(reason)" }
    }

    /// In the order of ``Choice/subject``.
    public let choices: [Choice]
    /// Why the model cannot be loaded, and what to do; nil where it can.
    public let problem: String?

    /// - Parameters:
    ///   - model: loaded, or looked at.
    ///   - precision: what was asked for.
    ///   - compute: what the model's operations run on.
    ///   - memory: what there is for a model that is yet to be loaded.
    public init(
        _ model: ModelDescription, _ precision: Precision, compute: Compute = .shared, memory: MemoryBudget = .now(),
        profile: HardwareProfile = .current
    ) {
        let need = MemoryNeed(model)
        problem = need.problem(model.path, memory)
        choices = [
            Self.device(compute, profile), Self.precision(model, precision, compute.isa), Self.weights(model),
            Self.cache(model, precision, memory), Self.memory(model, need, memory),
        ].compactMap { $0 }
    }

    private static func device(_ compute: Compute, _ profile: HardwareProfile) -> Choice {
        let kernels =
            compute.isa == .best
            ? "\(compute.isa.rawValue) is the fastest that this processor has"
            : "\(compute.isa.rawValue) was asked for; \(ISA.best.rawValue) is the fastest that this processor has"
        let threads: String
        if compute.threadCount < profile.threadCount {
            threads = "fewer than the \(profile.threadCount) possible were asked for"
        } else if let quota = profile.quota, quota < Double(profile.affinityCount) {
            threads = "the cgroup grants \(quota) processors"
        } else if profile.affinityCount < profile.processorCount {
            threads = "the process may use \(profile.affinityCount) of \(profile.processorCount) processors"
        } else {
            threads = "one for each processor"
        }
        return Choice(
            subject: "device", value: "cpu", reason: "\(kernels); \(compute.threadCount) threads: \(threads)")
    }

    private static func precision(_ model: ModelDescription, _ asked: Precision, _ isa: ISA) -> Choice {
        let types = model.shares.filter { !$0.dtype.isQuantized || $0.byteCount > 0 }
        func names(_ isIncluded: (DType) -> Bool) -> String? {
            let found = types.filter { isIncluded($0.dtype) }.map(\.dtype.name)
            return found.isEmpty ? nil : found.joined(separator: ", ")
        }
        if asked == .float32 {
            return Choice(subject: "precision", value: "float32", reason: "as asked for; every weight is taken exactly")
        }
        var (values, reasons): ([String], [String]) = ([], [])
        if let quantized = names(\.isQuantized) {
            values.append("int8")
            reasons.append("\(quantized) blocks stay as the file has them and meet activations in 8 bits")
        }
        if let half = names({ $0 == .f16 || $0 == .bf16 }) {
            values.append(isa.hasBFloat16 ? "bf16" : "float32")
            reasons.append(
                isa.hasBFloat16
                    ? "\(half) weights are multiplied in BF16, which this processor has"
                    : "\(half) weights are multiplied in F32, since \(isa.rawValue) has no BF16")
        }
        if values.isEmpty {
            values = ["float32"]
            reasons = ["the weights are F32"]
        }
        return Choice(
            subject: "precision", value: values.joined(separator: "+"),
            reason: (asked == .auto ? "" : "as asked for; ") + reasons.joined(separator: "; "))
    }

    private static func weights(_ model: ModelDescription) -> Choice {
        let made =
            model.madeByteCount > 0
            ? "\(ByteCount.text(model.madeByteCount)) of them are made at each start, since no kernel reads what the file has"
            : nil
        guard model.panelByteCount > 0 else {
            return Choice(
                subject: "weights", value: made == nil ? "mapped" : "made", reason: made ?? "used where they lie in the file")
        }
        let (value, reason) =
            switch model.panels.place {
            case .memory:
                (
                    "laid out in memory",
                    model.panelByteCount < PanelCache.standard.fileThreshold
                        ? "\(ByteCount.text(model.panelByteCount)) are laid out in no time at each start"
                        : "there is no cache to map them from"
                )
            case .file(let path): ("mapped", "laid out at an earlier start, in \(path)")
            case .folder(let path): ("mapped", "laid out at the first start, into a file in \(path)")
            }
        return Choice(subject: "weights", value: value, reason: [reason, made].compactMap { $0 }.joined(separator: "; "))
    }

    private static func cache(_ model: ModelDescription, _ precision: Precision, _ memory: MemoryBudget) -> Choice? {
        guard let type = model.cacheType, model.cacheByteCountPerToken > 0 else { return nil }
        let (whole, overflow) = model.cacheByteCountPerToken.multipliedReportingOverflow(by: model.contextLength)
        let size =
            "\(ByteCount.text(model.cacheByteCountPerToken)) a token, \(ByteCount.text(overflow ? .max : whole)) for all \(model.contextLength)"
        let fits = !overflow && whole <= memory.freeByteCount
        let reason: String
        if precision == .float32 {
            reason = "as exact as everything else; \(size)"
        } else if fits {
            reason = "half of F32 without a loss that shows; \(size)"
        } else {
            reason = "\(size), which is more than is free; a sequence that \(type.name) does not fit for is kept in Q8_0"
        }
        return Choice(subject: "kv", value: type.name.lowercased(), reason: reason)
    }

    private static func memory(_ model: ModelDescription, _ need: MemoryNeed, _ memory: MemoryBudget) -> Choice {
        let held = need.heldByteCount + model.workspaceByteCount
        return Choice(
            subject: "memory", value: ByteCount.text(held),
            reason: "and \(ByteCount.text(need.mappedByteCount)) mapped from files; there are \(memory)")
    }
}

extension ModelPlan: CustomStringConvertible {
    public var description: String { choices.map { "\($0)" }.joined(separator: "\n") }

    /// The same for programs.
    public var value: Value {
        .list(choices.map { ["subject": .string($0.subject), "value": .string($0.value), "reason": .string($0.reason)] })
    }
}
