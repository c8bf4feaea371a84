import MillValue

/// `format % arguments`, as Python's strings do it.
struct JinjaFormat {
    private static let maximumPrecision = 30

    private var scalars: ArraySlice<Unicode.Scalar>
    private var arguments: ArraySlice<JinjaValue>
    private let format: String
    private let maximumBytes: Int
    private let line: Int
    private var writer: JinjaWriter

    private init(_ format: String, _ arguments: [JinjaValue], maximumBytes: Int, line: Int) {
        scalars = Array(format.unicodeScalars)[...]
        self.arguments = arguments[...]
        self.format = format
        self.maximumBytes = maximumBytes
        self.line = line
        writer = JinjaWriter(maximumBytes: maximumBytes)
    }

    static func apply(
        _ format: String, _ arguments: [JinjaValue], maximumBytes: Int, line: Int, _ budget: inout WorkBudget
    ) throws(ExpressionError) -> String {
        try budget.spend(bytes: 4 * format.utf8.count)
        var run = JinjaFormat(format, arguments, maximumBytes: maximumBytes, line: line)
        return try run.apply(&budget)
    }

    private mutating func apply(_ budget: inout WorkBudget) throws(ExpressionError) -> String {
        while !scalars.isEmpty {
            let text = scalars.prefix { $0 != "%" }
            try writer.append(String(String.UnicodeScalarView(text)), &budget)
            scalars = scalars.dropFirst(text.count)
            guard scalars.popFirst() != nil else { break }
            if scalars.first == "%" {
                scalars.removeFirst()
                try writer.append("%", &budget)
            } else {
                try convert(&budget)
            }
        }
        guard arguments.isEmpty else { throw mismatch }
        return writer.output
    }

    private mutating func convert(_ budget: inout WorkBudget) throws(ExpressionError) {
        var flags: Set<Unicode.Scalar> = []
        while let flag = scalars.first, "-+0 #".unicodeScalars.contains(flag) {
            flags.insert(flag)
            scalars.removeFirst()
        }
        let width = number() ?? 0
        var precision: Int?
        if scalars.first == "." {
            scalars.removeFirst()
            precision = number() ?? 0
        }
        guard let kind = scalars.popFirst(), let argument = arguments.popFirst() else { throw mismatch }
        let isText = kind == "s" || kind == "r"
        var text = try isText ? written(argument, kind, precision, &budget) : number(argument, kind, precision)
        if flags.contains("+"), !isText, !text.hasPrefix("-") { text = "+" + text }
        let padding = max(0, width - text.unicodeScalars.count)
        if flags.contains("-") {
            try writer.append(text, &budget)
            return try writer.append(" ", times: padding, &budget)
        }
        if flags.contains("0"), !isText {
            if text.hasPrefix("-") || text.hasPrefix("+") { try writer.append(String(text.removeFirst()), &budget) }
            try writer.append("0", times: padding, &budget)
        } else {
            try writer.append(" ", times: padding, &budget)
        }
        try writer.append(text, &budget)
    }

    /// Saturates, for what is too long to be written anyway.
    private mutating func number() -> Int? {
        var value: Int?
        while let digit = scalars.first, ("0"..."9").contains(digit) {
            let (tens, overflow) = (value ?? 0).multipliedReportingOverflow(by: 10)
            value = overflow || tens > .max - 9 ? .max : tens + Int(digit.value) - 48
            scalars.removeFirst()
        }
        return value
    }

    private func written(
        _ argument: JinjaValue, _ kind: Unicode.Scalar, _ precision: Int?, _ budget: inout WorkBudget
    ) throws(ExpressionError) -> String {
        var writer = JinjaWriter(maximumBytes: maximumBytes)
        if kind == "s" { try writer.write(argument, &budget) } else { try writer.represent(argument, &budget) }
        return precision.map { String(writer.output.unicodeScalars.prefix($0)) } ?? writer.output
    }

    private func number(_ argument: JinjaValue, _ kind: Unicode.Scalar, _ precision: Int?) throws(ExpressionError) -> String {
        switch kind {
        case "d", "i":
            guard let double = argument.double, let int = argument.int ?? Int(exactly: double.rounded(.towardZero)) else {
                throw mismatch
            }
            return String(int)
        case "x":
            guard let int = argument.int else { throw mismatch }
            return String(int, radix: 16)
        case "f":
            guard let double = argument.double else { throw mismatch }
            let places = precision ?? 6
            guard places <= Self.maximumPrecision else {
                throw .rendering(line: line, message: "'%f' takes a precision of up to \(Self.maximumPrecision)")
            }
            return PythonText.fixed(double, places: places)
        default: throw mismatch
        }
    }

    private var mismatch: ExpressionError {
        .rendering(line: line, message: "the values do not fit the format '\(String(format.unicodeScalars.prefix(200)))'")
    }
}
