import MillProcess

/// Makes PDF files readable that were cut short, as by a broken download: their end, which says where the document begins, is
/// missing. The object that the document begins with is looked for and named at a new end; poppler finds the others by itself.
package enum PDFRepair {
    /// The file with a new end; nil where the beginning of the document is lost, too.
    ///
    /// - Throws: ``DocumentError/outOfMemory(byteCount:)``.
    package static func withEnd(_ contents: SecretBytes) throws(DocumentError) -> SecretBytes? {
        guard let root = root(contents.bytes) else { return nil }
        let end = Array("\nendobj\ntrailer\n<< /Root \(root.number) \(root.generation) R >>\nstartxref\n0\n%%EOF\n".utf8)
        let repaired = try SecretBytes(documentOf: contents.count + end.count)
        repaired.fill(contents.bytes)
        if let base = repaired.base {
            UnsafeMutableRawBufferPointer(start: base + contents.count, count: end.count).copyBytes(from: end)
        }
        return repaired
    }

    /// The number of the last object that is a catalog. Names that stand elsewhere, in texts and comments, are passed over, but not
    /// any number of them.
    private static func root(_ bytes: UnsafeRawBufferPointer) -> (number: Int, generation: Int)? {
        var rest = bytes[...]
        for _ in 0..<mostNames {
            guard let place = rest.last(of: "/Catalog") else { return nil }
            let before = UnsafeRawBufferPointer(rebasing: bytes[max(0, place - furthest)..<place])
            if let object = before.lastObject { return object }
            rest = bytes[..<place]
        }
        return nil
    }

    /// A catalog names its type near its beginning.
    private static let furthest = 4096
    /// How many names of catalogs are looked at.
    private static let mostNames = 1000
}

extension Slice<UnsafeRawBufferPointer> {
    /// Where a name last stands; it begins with a slash.
    fileprivate func last(of name: String) -> Int? {
        var end = endIndex
        while let place = self[..<end].lastIndex(of: UInt8(ascii: "/")) {
            if self[place...].starts(with: name.utf8) { return place }
            end = place
        }
        return nil
    }
}

extension UnsafeRawBufferPointer {
    /// The numbers before the last ` obj`, if no object ends after it and a type is being named.
    fileprivate var lastObject: (number: Int, generation: Int)? {
        let text = String(decoding: self, as: UTF8.self)
        guard let last = text.split(separator: "endobj", omittingEmptySubsequences: false).last else { return nil }
        guard last.reversed().drop(while: \.isWhitespace).starts(with: "epyT/") else { return nil }
        let words = last.split(whereSeparator: \.isWhitespace)
        guard let place = words.firstIndex(where: { $0.hasPrefix("obj") }), place >= 2, let number = Int(words[place - 2]),
            let generation = Int(words[place - 1])
        else { return nil }
        return (number, generation)
    }
}
