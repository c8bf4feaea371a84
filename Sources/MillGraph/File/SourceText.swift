/// The text of a file, checked to be UTF-8 without control characters.
struct SourceText {
    /// As messages name it.
    let file: String
    let scalars: [Unicode.Scalar]

    init(bytes: [UInt8], file: String) throws(PipelineErrors) {
        self.file = file
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(bytes.count)
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        decoding: while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar): scalars.append(scalar)
            case .emptyInput: break decoding
            case .error:
                throw Self.error(file, scalars, "the file is not valid UTF-8", "save it in UTF-8")
            }
        }
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        if let index = scalars.firstIndex(where: Self.isForbidden) {
            let code = String(scalars[index].value, radix: 16, uppercase: true)
            throw Self.error(file, scalars[..<index], "the character U+\(code) is not allowed in a text file", nil)
        }
        self.scalars = scalars
    }

    var text: String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x85: false
        case 0..<0x20, 0x7F..<0xA0, 0xFEFF, 0xFFFE, 0xFFFF: true
        default: false
        }
    }

    private static func error(
        _ file: String, _ before: some Collection<Unicode.Scalar>, _ message: String, _ suggestion: String?
    ) -> PipelineErrors {
        var (line, column) = (1, 1)
        for scalar in before {
            (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
        }
        return PipelineErrors([
            PipelineProblem(at: SourceLocation(file: file, line: line, column: column), message, suggestion: suggestion)
        ])
    }

    /// The place in ``scalars`` of a line and column, both from 1; nil beyond the end.
    func offset(line: Int, column: Int) -> Int? {
        var current = 1
        var index = 0
        while current < line {
            guard let next = scalars[index...].firstIndex(where: Self.isLineBreak) else { return nil }
            index = next + 1
            if scalars[next] == "\r", index < scalars.count, scalars[index] == "\n" { index += 1 }
            current += 1
        }
        let offset = index + column - 1
        return scalars.indices.contains(offset) ? offset : nil
    }

    /// What YAML counts as the end of a line.
    private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}
