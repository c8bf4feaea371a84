import MillCompute
import MillTensor
import MillValue

/// Compares what models compute with reference results, tensor by tensor.
///
/// A case is a folder with `case.json`, a model, `inputs.safetensors`, `expected*.safetensors` and `greedy*.json`, as
/// written beside a checkpoint by whoever has a trusted implementation; useful to check a converted model, too.
public struct ModelVerifier: Sendable {
    /// The kinds of cases that can be verified.
    public static let supportedKinds = ["text", "lora", "gguf", "hearth", "ledger", "encoder", "whisper"]

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

    /// - Parameter compute: whose instruction set and threads are used.
    public init(compute: Compute = .shared) {
        reference = Compute(compute, activations: .float32)
        fast = Compute(compute, activations: .int8)
    }

    /// Verifies the case in a folder, or all cases in the folders below it (two levels at most).
    ///
    /// - Throws: ``ModelError/notAModel(path:reason:)`` when there is no case.
    public func verify(path: String) throws(ModelError) -> [VerificationReport] {
        let folders = Self.cases(under: path, depth: 2)
        guard !folders.isEmpty else { throw .notAModel(path: path, reason: "there is no case.json in it or below it") }
        return folders.map(verify(folder:))
    }

    private func verify(folder: String) -> VerificationReport {
        let folderName = String(folder.split(separator: "/").last ?? "")
        var (name, kind) = (folderName, "?")
        do throws(ModelError) {
            let description = try ModelFile.json("\(folder)/case.json")
            name = description["name"]?.string ?? folderName
            kind = description["kind"]?.string ?? "?"
            let runs: [VerificationReport.Run]
            switch kind {
            case "text": runs = [verifyText(folder)]
            case "lora": runs = [verifyAdapter(folder, description)]
            case "gguf": runs = verifyGGUF(folder, name, description)
            case "hearth": runs = verifyHearth(folder, description)
            case "ledger": runs = verifyLedger(folder, description)
            case "encoder": runs = [verifyTower(folder)]
            case "whisper": runs = [verifySpeech(folder)]
            default:
                return VerificationReport(
                    path: folder, name: name, kind: kind,
                    unsupported: "kind \(kind) is not supported yet; supported: \(Self.supportedKinds.joined(separator: ", "))",
                    runs: [])
            }
            if let unsupported = runs.lazy.compactMap(\.unsupported).first {
                return VerificationReport(path: folder, name: name, kind: kind, unsupported: unsupported, runs: [])
            }
            return VerificationReport(path: folder, name: name, kind: kind, unsupported: nil, runs: runs)
        } catch {
            let run = VerificationReport.Run(title: "case.json", failure: "\(error)")
            return VerificationReport(path: folder, name: name, kind: kind, unsupported: nil, runs: [run])
        }
    }

    private static func cases(under path: String, depth: Int) -> [String] {
        if ModelFile.exists("\(path)/case.json") { return [path] }
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
    func run(_ title: String, _ body: (inout VerificationReport.Run) throws -> Void) -> VerificationReport.Run {
        var run = VerificationReport.Run(title: title)
        do { try body(&run) } catch {
            run.failure = "\(error)"
            if case .unsupported = error as? ModelError { run.unsupported = "\(error)" }
        }
        return run
    }
}
