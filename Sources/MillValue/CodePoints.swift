/// Text that is compared by its code points, as JSON, CEL and Python do.
///
/// `String` itself takes `é` for the same as `e` with a combining accent.
package struct CodePoints: Hashable, Comparable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (lhs: CodePoints, rhs: CodePoints) -> Bool {
        lhs.text.utf8.count == rhs.text.utf8.count && lhs.withBytes { a in rhs.withBytes { b in a.elementsEqual(b) } }
    }

    /// The order of UTF-8 is that of code points.
    package static func < (lhs: CodePoints, rhs: CodePoints) -> Bool {
        lhs.withBytes { a in rhs.withBytes { b in a.lexicographicallyPrecedes(b) } }
    }

    package func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    private func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        var text = text
        return text.withUTF8(body)
    }
}
