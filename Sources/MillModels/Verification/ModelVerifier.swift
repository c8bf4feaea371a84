import MillCompute
import MillTensor
import MillValue

/// Compares what models compute with reference results, tensor by tensor.
///
/// A case is a folder with `case.json`, a model, `inputs.safetensors`, `expected*.safetensors` and `greedy*.json`, as
/// written beside a checkpoint by whoever has a trusted implementation; useful to check a converted model, too.
public struct ModelVerifier: Sendable {
    /// The limit for F32 arithmetic on the same weights: the noise of F32 is 1e-12, the nearest formula mistake 1e-8.
    static let float32Tolerance = 1e-9
    /// The limit for weights in blocks and activations rounded to 8 bits.
    static let int8Tolerance = 3e-3
    /// The limit for F16 and BF16 weights where they are multiplied in BF16 arithmetic: random models stay below 2e-4.
    static let bfloat16Tolerance = 5e-4
    /// Leads below which a greedy choice may differ, in logits.
    static let float32Noise = 1e-3
    static let float16Noise = 0.05
    static let int8Noise = 0.3

    let reference: Compute
    let fast: Compute
    private let kinds: [CaseKind]

    /// - Parameters:
    ///   - compute: whose instruction set and threads are used.
    ///   - kinds: what can be verified.
    public init(compute: Compute = .shared, kinds: [CaseKind] = CaseKind.all) {
        self.kinds = kinds
        reference = Compute(compute, activations: .float32)
        fast = Compute(compute, activations: .int8)
    }

    /// Verifies the case in a folder, or all cases in the folders below it (two levels at most).
    ///
    /// - Parameter onReport: told of each case as soon as it is done.
    /// - Throws: ``ModelError/notFound(model:searched:)`` when there is no such folder, ``ModelError/nothingToVerify(path:reason:)`` when
    ///   there is no case in it.
    @discardableResult
    public func verify(
        path: String, onReport: (VerificationReport) throws -> Void = { _ in }
    ) throws -> [VerificationReport] {
        guard ModelFile.exists(path) else { throw ModelError.notFound(model: path, searched: ["the file system"]) }
        let folders = cases(under: path, depth: 2)
        guard !folders.isEmpty else {
            let isModel = ModelFile.exists("\(path)/config.json")
            throw ModelError.nothingToVerify(
                path: path,
                reason: (isModel ? "it is a model without reference results; `models inspect` looks at one as it is: " : "")
                    + "there is no case.json in it or below it, and it holds none of \(kinds.map(\.name).joined(separator: ", "))"
            )
        }
        return try folders.map { folder in
            let report = verify(folder: folder)
            try onReport(report)
            return report
        }
    }

    private func verify(folder: String) -> VerificationReport {
        let folderName = String(folder.split(separator: "/").last ?? "")
        var (name, kindName) = (folderName, "?")
        do throws(ModelError) {
            var description = Value.map([:])
            let found: CaseKind?
            if ModelFile.exists("\(folder)/case.json") {
                description = try ModelFile.json("\(folder)/case.json")
                name = description["name"]?.string ?? folderName
                kindName = description["kind"]?.string ?? "?"
                found = kinds.first { $0.name == kindName }
            } else {
                found = kinds.first { $0.recognises(folder) }
                kindName = found?.name ?? "?"
            }
            guard let found else {
                return VerificationReport(
                    path: folder, name: name, kind: kindName,
                    unsupported: "kind \(kindName) is not supported yet; supported: \(kinds.map(\.name).joined(separator: ", "))",
                    runs: [])
            }
            let runs = try found.runs(self, CaseKind.Case(folder: folder, name: name, description: description))
            let unsupported = runs.lazy.compactMap(\.unsupported).first
            return VerificationReport(
                path: folder, name: name, kind: kindName, unsupported: unsupported, runs: unsupported == nil ? runs : [])
        } catch {
            let run = VerificationReport.Run(title: "case", failure: "\(error)")
            return VerificationReport(path: folder, name: name, kind: kindName, unsupported: nil, runs: [run])
        }
    }

    private func cases(under path: String, depth: Int) -> [String] {
        if ModelFile.exists("\(path)/case.json") || kinds.contains(where: { $0.recognises(path) }) { return [path] }
        guard depth > 0 else { return [] }
        return ModelFile.folders(in: path).flatMap { cases(under: "\(path)/\($0)", depth: depth - 1) }
    }

    /// Verifies a model with exact F32 arithmetic, and where its weights are quantized, with 8-bit activations, too.
    func eachPrecision(
        _ folder: String, _ description: Value,
        _ verify: (Compute, _ tolerance: Double, _ noise: Double) -> VerificationReport.Run
    ) -> [VerificationReport.Run] {
        let tolerance = description["tolerance_nmse"]?.double ?? Self.float32Tolerance
        let exact = verify(reference, tolerance, Self.float32Noise)
        let loaded = try? ModelLoader(compute: fast, panels: .off.deferred).load(path: folder, tokenizer: false)
        guard let loaded, loaded.description.shares.contains(where: \.dtype.isQuantized) else { return [exact] }
        return [exact, verify(fast, Self.int8Tolerance, Self.int8Noise)]
    }

    /// Runs `body` and notes its error as the run's failure.
    package func run(_ title: String, _ body: (inout VerificationReport.Run) throws -> Void) -> VerificationReport.Run {
        var run = VerificationReport.Run(title: title)
        do { try body(&run) } catch {
            run.failure = "\(error)"
            if case .unsupported = error as? ModelError { run.unsupported = "\(error)" }
        }
        return run
    }
}
