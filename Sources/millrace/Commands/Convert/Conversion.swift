import Glibc
import MillCompute
import MillEvaluation
import MillModels
import MillTensor
import MillWeights

/// Carries out `models convert` and `models merge`.
struct Conversion {
    /// A folder or a GGUF file.
    let model: String
    var adapters: [LoRAAdapter.Source] = []
    let precision: PrecisionChoice
    /// Nobody asked for this precision.
    var isDefaultPrecision = false
    let options: ConversionOptions

    func run() throws {
        Interrupts.observe { _ in }
        let converter = try ModelConverter(folder: model, adapters: adapters)
        try ConversionPlaces(options: options, sources: converter.sourcePaths).check()
        try checkTexts()
        let precision = try precision.precision(for: converter)
        var choice = ModelConverter.Options(precision: precision)
        choice.allowsRequantizing = options.allowRequantize
        (choice.isResumable, choice.isResuming) = (true, options.resume)
        choice.importance = try knownImportance()
        try check(converter, choice)
        if isDefaultPrecision { Console.line("precision \(precision.rawValue); --precision chooses another") }
        for notice in converter.notices { Console.warning(notice) }
        if let path = options.calibrate { choice.importance = try importance(converter, path) }
        let choices = try choices(converter, choice)
        tell(choices, precision)
        try write(converter, choice)
        print("\(options.output): \(try Self.megabytes(of: options.output)) MB, \(summary(choices))")
        if let path = options.verify { try verify(path) }
    }

    /// What would only be found wrong when hours of work are done.
    private func checkTexts() throws {
        guard let path = options.verify else { return }
        let text = try TextFile.read(path)
        let source = try ModelLoader(panels: .off.deferred).load(path: model, pictures: .none)
        do { try ModelComparison.check(text, path: path, for: source, length: options.context) } catch {
            throw Failure.usage("--verify: \(error); nothing was written")
        }
    }

    /// What would be refused when it is to be written, before there is a matrix from `--calibrate`.
    private func check(_ converter: ModelConverter, _ choice: ModelConverter.Options) throws {
        _ = try choices(converter, choice)
        var choice = choice
        if options.calibrate != nil {
            choice.importance = ImportanceMatrix(entries: [:], datasets: [], chunkCount: 0, chunkLength: 0)
        }
        try converter.check(options.output, choice)
    }

    /// That of `--imatrix`.
    private func knownImportance() throws -> ImportanceMatrix? {
        guard let path = options.imatrix else { return nil }
        do { return try ImportanceMatrix(path: path) } catch { throw Failure.usage("\(error)") }
    }

    /// That of `--calibrate`.
    private func importance(_ converter: ModelConverter, _ path: String) throws -> ImportanceMatrix {
        let text = try TextFile.read(path)
        let loaded = try load(model)
        let matrix = try ImportanceCalibration.matrix(
            converter, loaded, text, path: path, length: options.context, isCancelled: { Interrupts.happened }
        ) { done, all in Console.progress("reading \(path): window \(done) of \(all)") }
        Console.endProgress()
        guard let matrix else { throw Failure.interrupted }
        if let path = options.saveImatrix { try matrix.write(to: path) }
        return matrix
    }

    private func choices(
        _ converter: ModelConverter, _ choice: ModelConverter.Options
    ) throws -> [ModelConverter.TensorChoice] {
        guard let path = options.imatrix else { return try converter.choices(choice) }
        do { return try converter.choices(choice) } catch {
            throw Failure.usage("--imatrix \(path): \(error); nothing was written")
        }
    }

    /// What the user would not expect of the file.
    private func tell(_ choices: [ModelConverter.TensorChoice], _ precision: ModelConverter.Precision) {
        if case .auto = self.precision {
            Console.line("precision \(precision.rawValue), for this machine's memory")
            let size = choices.reduce(0) { $0 + TensorLayout($1.dtype, $1.shape).byteCount }
            let memory = MemoryBudget.now().totalByteCount
            if size > memory / 2 {
                Console.warning(
                    "the weights still take \(ByteCount.text(size)) of \(ByteCount.text(memory)) of memory; take a smaller model")
            }
        }
        let fallbacks = Dictionary(grouping: choices.filter(\.isFallback)) { "\($0.shape.last ?? 0) to \($0.dtype.name)" }
        for (what, tensors) in fallbacks.sorted(by: { $0.key < $1.key }) {
            let parts = what.split(separator: " ", maxSplits: 1)
            Console.warning(
                "\(Self.named(tensors)): rows of \(parts[0]) are no whole number of blocks; falling back \(parts[1])")
        }
        let missing = choices.filter(\.lacksImportance)
        if !missing.isEmpty {
            Console.warning("\(Self.named(missing)) not in the importance matrix: there all errors weigh alike")
        }
    }

    private static func named(_ tensors: [ModelConverter.TensorChoice]) -> String {
        tensors.count == 1 ? tensors[0].name : "\(tensors.count) tensors (\(tensors[0].name), …)"
    }

    private func write(_ converter: ModelConverter, _ choice: ModelConverter.Options) throws {
        var rate = ProgressRate()
        let isWhole: Bool
        do {
            isWhole = try converter.write(to: options.output, choice, isCancelled: { Interrupts.happened }) { progress in
                if let text = rate.text(progress) { Console.progress(text) }
            }
        } catch {
            Console.endProgress()
            if case .weights(.anothersPart) = error { throw error }
            tellWhatIsLeft()
            throw error
        }
        Console.endProgress()
        guard isWhole else {
            tellWhatIsLeft()
            throw Failure.interrupted
        }
    }

    private func tellWhatIsLeft() {
        guard access(options.output + OutputTarget.journalEnding, F_OK) == 0 else { return }
        Console.line("the same command with --resume goes on with \(options.output)\(OutputTarget.partEnding)")
    }

    private func summary(_ choices: [ModelConverter.TensorChoice]) -> String {
        let lossless = choices.count(where: \.isLossless)
        let share = lossless == choices.count ? "all of" : "\(lossless) of"
        return "all \(choices.count) tensors read back; \(share) them lose nothing and are the source's bit by bit"
    }

    private func verify(_ path: String) throws {
        let text = try TextFile.read(path)
        let (before, after) = (try load(model), try load(options.output))
        let adapter = try adapters.isEmpty ? nil : before.network.text.map { try LoRAAdapter(adapters, for: $0) }
        do {
            let comparison = try ModelComparison.measure(
                before, after, text, path: path, length: options.context, adapter: adapter,
                isCancelled: { Interrupts.happened }
            ) { done, all in Console.progress("comparing: window \(done) of \(all)") }
            Console.endProgress()
            print(comparison.description)
        } catch is CancellationError {
            Console.endProgress()
            throw Failure.interrupted
        }
    }

    /// Without panels in files: the model is read once.
    private func load(_ path: String) throws -> LoadedModel { try ModelLoader(panels: .off).load(path: path, pictures: .none) }

    private static func megabytes(of path: String) throws -> Double {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Failure.run("\(path): \(String(cString: strerror(errno)))") }
        return (Double(status.st_size) / 1e5).rounded() / 10
    }
}

/// `blk.3.ffn_up.weight  412 of 1504 MB, 96 MB/s, 11 s left`
struct ProgressRate {
    private let start = ContinuousClock.now
    private var last = ContinuousClock.Instant.now - .seconds(1)

    /// nil when the last text is from just now.
    mutating func text(_ progress: GGUFWriter.Progress) -> String? {
        let now = ContinuousClock.now
        guard now - last > .milliseconds(100) else { return nil }
        last = now
        func megabytes(_ count: Int) -> Int { count / 1_000_000 }
        let seconds = max(0.001, (now - start) / .seconds(1))
        let rate = Double(progress.doneByteCount - progress.resumedByteCount) / seconds
        let left = rate > 0 ? Int(Double(progress.byteCount - progress.doneByteCount) / rate) : 0
        let time = left < 120 ? "\(left) s" : "\(left / 60) min"
        return "\(progress.tensor)  \(megabytes(progress.doneByteCount)) of \(megabytes(progress.byteCount)) MB, "
            + "\(megabytes(Int(rate))) MB/s, \(time) left"
    }
}
