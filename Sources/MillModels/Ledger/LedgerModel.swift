import MillCompute
import MillTensor
import Synchronization

/// Reads reports: who says what about which company, and which figures.
///
/// ```swift
/// guard case .ledger(let ledger) = try ModelLoader().load(path: "builtin:ledger").network else { … }
/// let reading = try ledger.read(text)
/// ```
/// `docs/models/ledger.md` says what every step computes.
public final class LedgerModel: DescribedNetwork {
    public let configuration: LedgerConfiguration
    let weights: LedgerWeights
    let compute: Compute
    let columns: LedgerFlagColumns
    let lexicons: LedgerLexicons
    let units: LedgerUnits
    let workspaceByteCount: Int
    private let buffers: Mutex<LedgerBuffers>

    /// The longest report, in code points.
    static let textLimit = 1 << 26

    init(_ configuration: LedgerConfiguration, _ weights: LedgerWeights, compute: Compute) throws(ModelError) {
        self.configuration = configuration
        self.weights = weights
        self.compute = compute
        columns = LedgerFlagColumns(configuration.flags)
        lexicons = LedgerLexicons(configuration.lexicons, columns)
        units = LedgerUnits(configuration)
        let buffers: LedgerBuffers
        do { buffers = try LedgerBuffers(configuration) } catch { throw .memory(error) }
        workspaceByteCount = buffers.byteCount
        self.buffers = Mutex(buffers)
    }

    public var facts: NetworkFacts {
        let c = configuration
        return NetworkFacts(
            family: "ledger", vocabularySize: c.bucketCount, contextLength: c.window, layerCount: c.layerCount,
            hiddenSize: c.hiddenSize, workspaceByteCount: workspaceByteCount)
    }

    /// Finds the entities and figures of a report. Blocks until it is done, or until the calling task is cancelled; calls are carried
    /// out one after the other.
    ///
    /// - Parameter progress: told after each window how many tokens are done, and of how many.
    /// - Throws: ``ModelError``.
    public func read(
        _ text: String, progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) throws(ModelError) -> LedgerReading {
        let text = LedgerText(text)
        let (spans, kinds) = try entities(in: text, progress)
        return LedgerReading(entities: spans, figures: relations(of: spans, kinds: kinds, in: text))
    }

    /// Joins entities to figures by the rules alone.
    ///
    /// - Parameter kinds: the kind of each value, by where it starts.
    package func relate(_ entities: [LedgerEntity], kinds: [Int: String], in text: String) -> [LedgerFigure] {
        relations(of: entities, kinds: kinds, in: LedgerText(text))
    }

    private func relations(of entities: [LedgerEntity], kinds: [Int: String], in text: LedgerText) -> [LedgerFigure] {
        var relations = LedgerRelations(text, units: units, kinds: kinds, defaultKind: configuration.kinds[0])
        return relations.figures(of: entities)
    }

    private func entities(
        in text: LedgerText, _ progress: (Int, Int) -> Void
    ) throws(ModelError) -> ([LedgerEntity], kinds: [Int: String]) {
        guard text.count <= Self.textLimit else {
            throw .misuse("the text has \(text.count) code points; at most \(Self.textLimit) are read at once, so split it")
        }
        let features = LedgerFeatures(text, columns, lexicons)
        var path = LedgerTagPath(labelCount: configuration.labels.count)
        var kinds: [UInt8] = []
        kinds.reserveCapacity(features.tokens.count)
        var isUsable = true
        for window in windows(features) {
            try forward(features, window.tokens) { name, rows in
                for index in window.kept {
                    let row = rows.row(index - window.tokens.lowerBound)
                    // Not-a-numbers and infinities show in the sum.
                    isUsable = isUsable && row.reduce(0, +).isFinite
                    switch name {
                    case "tags": path.append(row)
                    case "kinds": kinds.append(UInt8(truncatingIfNeeded: row.greatest))
                    default: return
                    }
                }
            }
            guard isUsable else {
                throw .misuse("the model gave no usable scores; its weights are not finite: fetch or convert it again")
            }
            progress(window.kept.upperBound, features.tokens.count)
            guard !Task.isCancelled else { throw .cancelled }
        }
        let finder = LedgerEntityFinder(features, labels: configuration.labels, columns, lexicons)
        let found = finder.entities(tags: path.best())
        var kindOf: [Int: String] = [:]
        for span in found where span.label == LedgerLabel.value {
            let token = features.tokens[span.tokens.lowerBound]
            kindOf[token.start] = configuration.kinds[Int(kinds[span.tokens.lowerBound])]
        }
        let entities = found.map { span in
            LedgerEntity(
                label: span.label,
                range: features.tokens[span.tokens.lowerBound].start..<features.tokens[span.tokens.upperBound - 1].end)
        }
        return (entities, kindOf)
    }

    /// Computes every window of a report; the tap sees each step of each.
    package func forward(_ text: String, tap: LayerTap) throws(ModelError) {
        let features = LedgerFeatures(LedgerText(text), columns, lexicons)
        for window in windows(features) { try forward(features, window.tokens, tap: tap) }
    }

    /// The windows over a report.
    func windows(_ features: LedgerFeatures) -> [LedgerWindow] {
        LedgerWindow.windows(features.tokens.count, size: configuration.window, overlap: configuration.overlap)
    }

    /// Computes one window; the logits come as `tags` and `kinds`, one row for each token.
    func forward(_ features: LedgerFeatures, _ tokens: Range<Int>, tap: LayerTap) throws(ModelError) {
        try buffers.withLock { buffers throws(ModelError) in
            try CopyAccounting.region { () throws(ModelError) in
                try ModelError.wrapping { try encode(features, tokens, buffers, tap) }
            }
        }
    }
}

extension UnsafeBufferPointer<Float> {
    /// The index of the greatest element; the first of equals.
    var greatest: Int {
        var best = 0
        for index in indices where self[index] > self[best] { best = index }
        return best
    }
}
