/// The words of a PDF page as its text layer has them.
package struct TextLayer: Sendable {
    package var words: [PageWord] = []

    /// Reads the answer of `pdftotext -bbox-layout -cropbox`: the layers of consecutive pages. Boxes are where the words are
    /// displayed, whatever the page's rotation.
    package static func read(_ answer: UnsafeRawBufferPointer) -> [TextLayer] {
        var layers: [TextLayer] = []
        var line = -1
        var rest = answer[...]
        while let start = rest.firstIndex(of: UInt8(ascii: "<")) {
            rest = rest[(start + 1)...]
            if rest.starts(with: "page ".utf8) {
                layers.append(TextLayer())
                line = -1
            } else if rest.starts(with: "line ".utf8) {
                line += 1
            } else if rest.starts(with: "word ".utf8) {
                guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { break }
                let attributes = rest[..<end]
                rest = rest[(end + 1)...]
                let close = rest.firstIndex(of: UInt8(ascii: "<")) ?? rest.endIndex
                if let box = box(attributes), !layers.isEmpty {
                    let text = unescaped(rest[..<close])
                    layers[layers.count - 1].words.append(PageWord(text: text, box: box, line: max(line, 0)))
                }
                rest = rest[close...]
            }
        }
        return layers
    }

    private static func box(_ attributes: Slice<UnsafeRawBufferPointer>) -> PageBox? {
        let values = attributes.split(separator: UInt8(ascii: "\"")).enumerated().filter { $0.offset % 2 == 1 }
            .map { Double(String(decoding: $0.element, as: UTF8.self)) ?? .nan }
        guard values.count == 4, values.allSatisfy(\.isFinite) else { return nil }
        return PageBox(
            left: min(values[0], values[2]), top: min(values[1], values[3]), right: max(values[0], values[2]),
            bottom: max(values[1], values[3]))
    }

    private static func unescaped(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        let entities: [(name: String, text: Character)] = [
            ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"),
        ]
        var result = ""
        var rest = text[...]
        while let first = rest.first {
            if first == "&", let entity = entities.first(where: { rest.hasPrefix($0.name) }) {
                result.append(entity.text)
                rest = rest.dropFirst(entity.name.count)
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }
}
