import MillValue

/// The arithmetic in which Python differs from CEL: true and floor division, the sign of remainders, powers.
enum PythonNumbers {
    static func apply(_ operation: String, _ left: Value, _ right: Value, line: Int) throws(ExpressionError) -> Value {
        guard let a = left.double, let b = right.double else {
            throw .rendering(line: line, message: "'\(operation)' does not apply to \(left.kind) and \(right.kind)")
        }
        guard operation == "**" || b != 0 else { throw .rendering(line: line, message: "division by zero") }
        switch operation {
        case "/": return .double(a / b)
        case "**": return try power(left, right, a, b, line: line)
        default: break
        }
        if case (.int(let x), .int(let y)) = (left, right) {
            let (quotient, overflow) = x.dividedReportingOverflow(by: y)
            guard !overflow else { throw .rendering(line: line, message: "the result does not fit 64 bits") }
            let remainder = x % y
            let isRounded = remainder != 0 && (remainder < 0) != (y < 0)
            return operation == "//" ? .int(isRounded ? quotient - 1 : quotient) : .int(isRounded ? remainder + y : remainder)
        }
        let quotient = (a / b).rounded(.down)
        return .double(operation == "//" ? quotient : a - quotient * b)
    }

    private static func power(_ left: Value, _ right: Value, _ a: Double, _ b: Double, line: Int) throws(ExpressionError) -> Value
    {
        guard case (.int(let base), .int(let exponent)) = (left, right), exponent >= 0 else {
            guard b.rounded() == b, abs(b) <= 1024 else {
                throw .rendering(line: line, message: "'**' needs a whole exponent up to 1024")
            }
            let result = (0..<Int(abs(b))).reduce(1.0) { product, _ in product * a }
            return .double(b < 0 ? 1 / result : result)
        }
        var result = 1
        guard base.magnitude > 1 else { return .int(exponent == 0 ? 1 : base < 0 && exponent % 2 == 0 ? 1 : base) }
        for _ in 0..<min(exponent, 64) {
            let (product, overflow) = result.multipliedReportingOverflow(by: base)
            guard !overflow else { throw .rendering(line: line, message: "the result does not fit 64 bits") }
            result = product
        }
        return .int(result)
    }
}

/// `[start:end:step]`.
enum PythonSlice {
    static func indices(count: Int, start: Int?, end: Int?, step: Int) -> [Int] {
        func clamp(_ bound: Int, _ range: ClosedRange<Int>) -> Int {
            let wrapped = bound < 0 ? (bound > Int.min + count ? bound + count : 0) : bound
            return min(max(wrapped, range.lowerBound), range.upperBound)
        }
        let step = min(max(step, -count - 1), count + 1)
        if step > 0 {
            let first = start.map { clamp($0, 0...count) } ?? 0
            let last = end.map { clamp($0, 0...count) } ?? count
            return Array(stride(from: first, to: last, by: step))
        }
        let first = start.map { clamp($0, -1...max(count - 1, -1)) } ?? count - 1
        let last = end.map { clamp($0, -1...max(count - 1, -1)) } ?? -1
        return Array(stride(from: first, to: last, by: step))
    }
}
