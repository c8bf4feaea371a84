import Glibc
import MillCompute
import MillTensor
import MillWeights

extension ModelConverter {
    /// How a model is written.
    public struct Options: Sendable {
        public var precision: Precision
        /// How much errors in each column of the matrices weigh; nil for all alike.
        public var importance: ImportanceMatrix?
        /// Take weights that are quantized already, and quantize them anew.
        public var allowsRequantizing = false
        /// Leave what is written of an unfinished file, to be gone on with.
        public var isResumable = false
        /// Go on with what is left of an unfinished file, where there is something.
        public var isResuming = false

        public init(precision: Precision) { self.precision = precision }
    }

    /// What becomes of a tensor.
    public struct TensorChoice: Sendable, Hashable {
        /// In the file.
        public let name: String
        /// Outermost first.
        public let shape: [Int]
        /// The type in the source.
        public let source: DType
        public let dtype: DType
        /// The precision asks for another type, whose blocks the rows do not fill.
        public let isFallback: Bool
        /// It is quantized, and there is an importance matrix that does not have it.
        public let lacksImportance: Bool

        /// Every value stays what it is.
        public var isLossless: Bool { source == dtype || dtype == .f32 }
        /// It loses precision for a second time.
        public var isRequantized: Bool { source.isQuantized && !isLossless }
    }

    /// Elements that are converted at once.
    private static let pieceElementCount = 1 << 24

    /// What ``write(to:_:isCancelled:progress:)`` makes of each tensor.
    ///
    /// - Throws: ``ModelError/weights(_:)`` for an importance matrix of another model.
    public func choices(_ options: Options) throws(ModelError) -> [TensorChoice] {
        let types = TensorTypes(precision: options.precision, text: plan.text, hasImportance: options.importance != nil)
        var choices: [TensorChoice] = []
        var matrices: [ImportanceMatrix.Matrices] = []
        for item in plan.items {
            let layout: TensorLayout
            do { layout = try weights.layout(item.source) } catch { throw .weights(error) }
            let stacked = item.stack.isEmpty ? layout.shape.count == 3 ? layout.shape[0] : 1 : item.stack.count
            matrices.append(
                ImportanceMatrix.Matrices(name: item.name, count: stacked, columnCount: layout.shape.last ?? 1))
            let (dtype, isFallback) = types.type(of: item, layout.shape)
            let isWeighed = dtype.isQuantized && dtype != .q8_0 && layout.dtype != dtype
            choices.append(
                TensorChoice(
                    name: item.name, shape: item.stack.isEmpty ? layout.shape : [item.stack.count] + layout.shape,
                    source: layout.dtype, dtype: dtype, isFallback: isFallback,
                    lacksImportance: isWeighed && options.importance.map { !$0.contains(item.name) } ?? false))
        }
        do { try options.importance?.check(isFor: matrices) } catch { throw .weights(error) }
        return choices
    }

    /// The most precise of the quantized types whose matrices take at most half of the memory; the smallest where none does.
    ///
    /// - Parameter memory: bytes; nil means what this process may use.
    public func automaticPrecision(memory: Int? = nil) throws(ModelError) -> Precision {
        let memory = memory ?? MemoryBudget.now().totalByteCount
        for precision in Precision.automatic {
            let choices = try choices(Options(precision: precision))
            let size = choices.reduce(0) { $0 + TensorLayout($1.dtype, $1.shape).byteCount }
            if size <= memory / 2 { return precision }
        }
        return .q2_k
    }

    /// A tensor's data in pieces, each made while the file is written.
    func pieces(
        of item: Item, _ choice: TensorChoice, _ importance: ImportanceMatrix?
    ) throws(WeightsError) -> [TensorPiece] {
        var pieces: [TensorPiece] = []
        for (index, source) in item.sources.enumerated() {
            let shape = try weights.layout(source).shape
            let columns = shape.last ?? 1
            func piece(_ rows: Range<Int>?, _ matrix: Int = 0) -> TensorPiece {
                TensorPiece(
                    weights: weights, source: source, item: item, dtype: choice.dtype, rows: rows, columns: columns,
                    matrix: matrix,
                    importance: choice.dtype.isQuantized ? importance : nil)
            }
            guard shape.count == 2 || shape.count == 3, columns > 0 else {
                pieces.append(piece(nil))
                continue
            }
            // Pieces of whole rows that belong to one matrix of a stack.
            let (height, count) = (shape[shape.count - 2], shape.count == 3 ? shape[0] : 1)
            let step = max(1, min(height, Self.pieceElementCount / columns))
            for matrix in 0..<count {
                for first in stride(from: 0, to: height, by: step) {
                    let rows = matrix * height + first..<matrix * height + min(first + step, height)
                    pieces.append(piece(rows, item.stack.isEmpty ? matrix : index))
                }
            }
        }
        return pieces
    }
}

/// Some rows of a tensor on their way into the file.
struct TensorPiece: Sendable {
    let weights: any WeightSource
    let source: String
    let item: ModelConverter.Item
    let dtype: DType
    /// nil for the whole tensor, as it is.
    let rows: Range<Int>?
    let columns: Int
    /// Which of a stack of matrices the rows belong to.
    let matrix: Int
    let importance: ImportanceMatrix?

    func make() throws(WeightsError) -> Tensor {
        let weight = try importance?.weights(of: item.name, matrix: matrix, columnCount: columns)
        let original = try original()
        guard original.dtype != dtype, dtype.isQuantized || dtype == .f16 else {
            return try Quantizer.quantize(original, to: dtype, importance: weight)
        }
        let values = try Quantizer.dequantize(original)
        try check(values)
        return try Quantizer.quantize(values, to: dtype, importance: weight)
    }

    /// Blocks would make numbers of NaN and infinity, and a damaged model look sound.
    private func check(_ values: Tensor) throws(WeightsError) {
        // From here on F16 rounds to infinity.
        let limit: Float = dtype == .f16 ? 65_520 : .infinity
        let numbers = UnsafeRawBufferPointer(start: values.pointer, count: values.byteCount).bindMemory(to: Float.self)
        guard let wrong = numbers.first(where: { !(abs($0) < limit) }) else { return }
        throw .invalidContent(
            item: "tensor \(source)",
            reason: wrong.isFinite
                ? "holds \(wrong), which F16 cannot hold; convert to bf16 or f32" : "holds \(wrong): the model is damaged")
    }

    /// In the source's type.
    private func original() throws(WeightsError) -> Tensor {
        let tensor = try weights.tensor(source)
        do {
            guard let rows else {
                // Biases turn with the rows that they are added to.
                guard let order = item.order else { return tensor }
                return try tensor.reordered(order)
            }
            let matrix = try tensor.reshaped([tensor.elementCount / columns, columns])
            let part: Tensor
            if let order = item.order {
                part = try matrix.reordered(Array(order[rows]), of: order.count)
            } else {
                part = try matrix.rows(rows)
            }
            // A single piece has the tensor's own shape.
            return part.elementCount == tensor.elementCount ? try part.reshaped(tensor.shape) : part
        } catch {
            throw .invalidContent(item: "tensor \(item.name)", reason: "\(error)")
        }
    }

    /// Compares what was written of a tensor with its source, bit by bit, in the file's type.
    static func compare(_ pieces: [TensorPiece], with written: Tensor, path: String) throws(WeightsError) {
        var offset = 0
        for piece in pieces {
            let wanted = try piece.make()
            // Both pointers hold as many bytes as are compared.
            guard offset + wanted.byteCount <= written.byteCount,
                memcmp(wanted.pointer, written.pointer + offset, wanted.byteCount) == 0
            else {
                throw .unwritable(path: path, reason: "tensor \(piece.item.name) reads back with other values than the source's")
            }
            offset += wanted.byteCount
        }
        guard offset == written.byteCount else {
            throw .unwritable(
                path: path, reason: "a tensor of \(written.byteCount) bytes reads back where \(offset) were written")
        }
    }
}
