import MillValue

/// The form that discovery templates have nearly always: text around one path, `{{ value_json.state }}`,
/// `{{ value_json['update'].progress }}`, `{"position": {{ position }}}`. Anything else is refused, rather than misread.
struct ValueTemplate: Sendable, Hashable {
    private let before: Substring
    private let path: [String]
    private let after: Substring

    init?(_ text: String) {
        let text = Substring(text)
        guard !text.contains("{%"), let open = text.firstRange(of: "{{"),
            let close = text[open.upperBound...].firstRange(of: "}}"),
            text[close.upperBound...].firstRange(of: "{{") == nil,
            let path = Self.path(text[open.upperBound..<close.lowerBound])
        else { return nil }
        before = text[..<open.lowerBound]
        after = text[close.upperBound...]
        self.path = path
    }

    /// What the template gives: the value itself where nothing stands around the path.
    func value(in variables: ValueMap) -> Value? {
        guard let value = lookUp(variables), value != .null else { return nil }
        if before.allSatisfy(\.isWhitespace), after.allSatisfy(\.isWhitespace) { return value }
        return .string("\(before)\(value.string ?? value.json())\(after)")
    }

    func text(in variables: ValueMap) -> String? { value(in: variables).map { $0.string ?? $0.json() } }

    private func lookUp(_ variables: ValueMap) -> Value? {
        var value: Value? = .map(variables)
        for key in path { value = Int(key).flatMap { value?[$0] } ?? value?[key] }
        return value
    }

    /// `a.b['c'][0]` as `a`, `b`, `c`, `0`.
    private static func path(_ text: Substring) -> [String]? {
        let separated = text.filter { !$0.isWhitespace }
            .replacing("['", with: ".").replacing("[\"", with: ".").replacing("[", with: ".")
            .replacing("']", with: "").replacing("\"]", with: "").replacing("]", with: "")
        let keys = separated.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let isPlain = keys.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" } }
        return isPlain ? keys : nil
    }
}
