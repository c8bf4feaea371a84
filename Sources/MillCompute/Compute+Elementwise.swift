import CMillKernels
import MillTensor

/// The forms of the Gaussian error linear unit (Hendrycks and Gimpel 2016).
public enum GELU: Sendable, Hashable {
    /// x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))).
    case tanh
    /// x/2 · (1 + erf(x / √2)).
    case erf
    /// x · sigmoid(1.702 x).
    case quick

    var kernelKind: mill_gelu_kind {
        switch self {
        case .tanh: MILL_GELU_TANH
        case .erf: MILL_GELU_ERF
        case .quick: MILL_GELU_QUICK
        }
    }
}

extension Compute {
    /// y = gate · sigmoid(gate) · up; all of one shape, `y` may be one of the others.
    public func siluMul(_ gate: Tensor, _ up: Tensor, into y: Tensor) throws(ComputeError) {
        let checks = Checks("siluMul")
        let gates = try checks.input(gate, "gate")
        let ups = try checks.input(up, "up", gate.shape)
        let target = try checks.output(y, "y", gate.shape)
        call { mill_silu_mul($0, gates, ups, target, gate.elementCount) }
    }

    /// The Gaussian error linear unit, in place.
    public func gelu(_ x: Tensor, _ form: GELU) throws(ComputeError) {
        let target = try Checks("gelu").output(x, "x", x.shape)
        call { mill_gelu($0, target, x.elementCount, form.kernelKind) }
    }

    /// x · sigmoid(x), in place.
    public func silu(_ x: Tensor) throws(ComputeError) {
        let target = try Checks("silu").output(x, "x", x.shape)
        call { mill_silu($0, target, x.elementCount) }
    }

    /// 1 / (1 + exp(-x)), in place.
    public func sigmoid(_ x: Tensor) throws(ComputeError) {
        let target = try Checks("sigmoid").output(x, "x", x.shape)
        call { mill_sigmoid($0, target, x.elementCount) }
    }

    /// The hyperbolic tangent, in place.
    public func tanh(_ x: Tensor) throws(ComputeError) {
        let target = try Checks("tanh").output(x, "x", x.shape)
        call { mill_tanh($0, target, x.elementCount) }
    }

    /// y += x; both of one shape, or `x` is `[k]` and is added to every row of `y` `[..., k]`.
    public func add(_ x: Tensor, into y: Tensor) throws(ComputeError) { try addScaled(x, scale: 1, into: y, operation: "add") }

    /// y += scale · x; both of one shape, or `x` is `[k]` and is added to every row of `y` `[..., k]`.
    public func addScaled(_ x: Tensor, scale: Float, into y: Tensor) throws(ComputeError) {
        try addScaled(x, scale: scale, into: y, operation: "addScaled")
    }

    private func addScaled(_ x: Tensor, scale: Float, into y: Tensor, operation: String) throws(ComputeError) {
        let checks = Checks(operation)
        let target = try checks.output(y, "y", y.shape)
        guard x.rank == 1, y.rank > 1, let k = y.shape.last else {
            let source = try checks.input(x, "x", y.shape)
            return call { mill_add_scaled($0, source, scale, target, y.elementCount) }
        }
        let source = try checks.input(x, "x", [k])
        for row in 0..<y.shape.dropLast().reduce(1, *) {
            call { mill_add_scaled($0, source, scale, target + row * k, k) }
        }
    }

    /// y[rows[i]] += scales[i] · x[i].
    ///
    /// - Parameters:
    ///   - x: F32 `[n, k]`.
    ///   - scales: `[n]`.
    ///   - rows: `[n]`, ascending, each once.
    ///   - y: F32 `[m, k]`, added to.
    /// - Throws: ``ComputeError/outOfRange(operation:argument:value:count:)`` for a row that `y` lacks, or that is not above the
    ///   one before.
    public func addScaled(_ x: Tensor, scales: [Float], toRows rows: [Int32], of y: Tensor) throws(ComputeError) {
        let checks = Checks("addScaled")
        let (count, k) = try checks.matrix(y, "y")
        let source = try checks.input(x, "x", [rows.count, k])
        let target = try checks.output(y, "y", [count, k])
        guard scales.count == rows.count else {
            throw .shapeMismatch(operation: "addScaled", argument: "scales", expected: [rows.count], actual: [scales.count])
        }
        try checks.ids(rows, count: count)
        for (row, next) in zip(rows, rows.dropFirst()) where next <= row {
            throw .outOfRange(operation: "addScaled", argument: "row", value: Int(next), count: count)
        }
        call { mill_add_scaled_rows($0, source, scales, rows, rows.count, k, target) }
    }

    /// y = y · x, element by element; both of one shape.
    public func multiply(_ x: Tensor, into y: Tensor) throws(ComputeError) {
        let checks = Checks("multiply")
        let target = try checks.output(y, "y", y.shape)
        let source = try checks.input(x, "x", y.shape)
        call { mill_multiply($0, source, target, y.elementCount) }
    }
}
