import CMillKernels
import MillTensor

/// Quantized weights `[rowCount, columnCount]` in the order in which kernels read them: panels of 16 interleaved rows.
///
/// They are the bytes of the rows in another order; what the last panel lacks in rows is zeros. Types that are no blocks
/// have no panels.
public struct WeightPanels: Sendable {
    /// Raised with every change of how panels lie, so that stored ones of another order are told.
    public static let layoutVersion = 1
    public static let rowsPerPanel = Int(MILL_PANEL_ROWS)

    public let dtype: DType
    public let rowCount: Int
    public let columnCount: Int
    /// The bytes from the first panel to the end of the last, a multiple of 64.
    public let byteCount: Int
    package let storage: Storage
    package let byteOffset: Int

    /// The bytes that the panels of a matrix take; nil for types and shapes without panels.
    public static func byteCount(_ dtype: DType, rows: Int, columns: Int) -> Int? {
        guard let type = dtype.kernelType, dtype.isQuantized, rows > 0, columns > 0,
            let row = dtype.byteCount(elementCount: columns), row <= Int.max / (2 * rowsPerPanel)
        else { return nil }
        let (rounded, overflow) = rows.addingReportingOverflow(rowsPerPanel - 1)
        guard !overflow else { return nil }
        let panel = mill_panel_bytes(type, columns)
        let (bytes, isTooLarge) = panel.multipliedReportingOverflow(by: rounded / rowsPerPanel)
        return panel == 0 || isTooLarge ? nil : bytes
    }

    /// A checked view on memory that holds panels, or will.
    ///
    /// - Parameter byteOffset: a multiple of 64.
    /// - Throws: ``ComputeError/unsupportedType(operation:argument:dtype:)`` for types and shapes without panels, and
    ///   ``ComputeError/outOfRange(operation:argument:value:count:)`` where the storage ends before the panels do.
    public init(
        _ dtype: DType, rows: Int, columns: Int, storage: Storage, byteOffset: Int = 0
    ) throws(ComputeError) {
        guard let byteCount = Self.byteCount(dtype, rows: rows, columns: columns) else {
            throw .unsupportedType(operation: "panels", argument: "weight", dtype: dtype)
        }
        guard byteOffset >= 0, byteCount <= storage.byteCount, byteOffset <= storage.byteCount - byteCount,
            UInt(bitPattern: storage.base + byteOffset).isMultiple(of: UInt(Storage.alignment))
        else {
            throw .outOfRange(operation: "panels", argument: "byteOffset", value: byteOffset, count: storage.byteCount)
        }
        self.dtype = dtype
        rowCount = rows
        columnCount = columns
        self.byteCount = byteCount
        self.storage = storage
        self.byteOffset = byteOffset
    }

    public var shape: [Int] { [rowCount, columnCount] }

    var pointer: UnsafeRawPointer { UnsafeRawPointer(storage.base + byteOffset) }

    /// One row, as the file had it: blocks of ``dtype``, for `columnCount` elements.
    func unpack(row: Int, _ type: mill_dtype, into target: UnsafeMutableRawPointer) {
        mill_unpack_row(type, pointer, row, columnCount, target)
    }
}

/// A matrix of weights `[m, k]`, as it lies in a file or in panels.
public enum WeightMatrix: Sendable {
    /// Rows of any type that ``DType`` names for weights; they may be strided.
    case rows(Tensor)
    case panels(WeightPanels)

    public var shape: [Int] {
        switch self {
        case .rows(let tensor): tensor.shape
        case .panels(let panels): panels.shape
        }
    }

    public var dtype: DType {
        switch self {
        case .rows(let tensor): tensor.dtype
        case .panels(let panels): panels.dtype
        }
    }
}

extension Compute {
    /// Lays out the rows of a quantized matrix as panels.
    ///
    /// - Parameters:
    ///   - rows: `[m, k]`; rows may be strided.
    ///   - panels: of the same type and shape, written.
    public func pack(_ rows: Tensor, into panels: WeightPanels) throws(ComputeError) {
        let checks = Checks("pack")
        let type = try checks.weightType(rows, "rows")
        let stride = try checks.rowStride(rows, "rows")
        guard rows.dtype == panels.dtype else {
            throw .dtypeMismatch(operation: "pack", argument: "panels", expected: rows.dtype, actual: panels.dtype)
        }
        guard rows.shape == panels.shape else {
            throw .shapeMismatch(operation: "pack", argument: "panels", expected: rows.shape, actual: panels.shape)
        }
        guard panels.storage.isWritable else { throw .notWritable(operation: "pack", argument: "panels") }
        call {
            mill_pack(
                $0, type, rows.pointer, stride, panels.rowCount, panels.columnCount, panels.storage.base + panels.byteOffset)
        }
    }

    /// Rows of panels as the file had them: `[rows.count, k]`, of the panels' type.
    public func unpack(_ panels: WeightPanels, rows: Range<Int>) throws(ComputeError) -> Tensor {
        let checks = Checks("unpack")
        guard rows.lowerBound >= 0, rows.upperBound <= panels.rowCount else {
            throw .outOfRange(operation: "unpack", argument: "row", value: rows.upperBound - 1, count: panels.rowCount)
        }
        let out: Tensor
        do { out = try Tensor.allocate(panels.dtype, [rows.count, panels.columnCount]) } catch {
            throw .outOfMemory(operation: checks.operation)
        }
        guard let type = panels.dtype.kernelType, let target = out.mutablePointer,
            let rowByteCount = panels.dtype.byteCount(elementCount: panels.columnCount)
        else { throw .unsupportedType(operation: checks.operation, argument: "panels", dtype: panels.dtype) }
        for (index, row) in rows.enumerated() { panels.unpack(row: row, type, into: target + index * rowByteCount) }
        return out
    }
}
