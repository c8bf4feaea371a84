extension Normalizer {
    func apply(_ text: [UInt8]) -> [UInt8] {
        switch self {
        case .sequence(let steps): steps.reduce(text) { $1.apply($0) }
        case .prepend(let prefix): text.isEmpty ? text : prefix + text
        case .replace(let pattern, let content): text.replacing(pattern, with: content)
        case .replaceMatches(let expression, let content): Self.replaceMatches(text, expression, content)
        case .characterMap(let map, let byCharacter): byCharacter ? map.applyByCharacter(text) : map.apply(text)
        case .collapseSpaces: Self.collapseSpaces(text)
        case .unicode(let form): form.apply(text)
        case .lowercase: Self.mapScalars(text) { $0.properties.lowercaseMapping }
        case .stripAccents: Self.filterScalars(text) { !$0.isMark }
        case .strip(let left, let right): Self.strip(text, left, right)
        case .bert(let cleanText, let chineseCharacters, let stripAccents, let lowercase):
            Self.bert(text, cleanText, chineseCharacters, stripAccents, lowercase)
        }
    }

    private static func replaceMatches(_ text: [UInt8], _ expression: SplitExpression, _ content: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var position = 0
        for match in text.withUnsafeBufferPointer({ expression.matches(in: TextCursor($0)) }) {
            result += text[position..<match.lowerBound]
            result += content
            position = match.upperBound
        }
        return result + text[position...]
    }

    private static func collapseSpaces(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        for byte in text where byte != 0x20 || !(result.isEmpty || result.last == 0x20) { result.append(byte) }
        if result.last == 0x20 { result.removeLast() }
        return result
    }

    private static func strip(_ text: [UInt8], _ left: Bool, _ right: Bool) -> [UInt8] {
        var scalars = Substring(decoding: text, as: UTF8.self).unicodeScalars
        if left { scalars = scalars.drop { $0.properties.isWhitespace } }
        if right { while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() } }
        return Array(Substring(scalars).utf8)
    }

    private static func bert(
        _ text: [UInt8], _ cleanText: Bool, _ chineseCharacters: Bool, _ stripAccents: Bool, _ lowercase: Bool
    ) -> [UInt8] {
        var text = text
        if cleanText {
            text = filterScalars(text) { $0 != "\0" && $0 != "\u{FFFD}" && !$0.isControl }
            text = mapScalars(text) { $0.properties.isWhitespace ? " " : String($0) }
        }
        if chineseCharacters { text = mapScalars(text) { $0.isChinese ? " \($0) " : String($0) } }
        if stripAccents {
            text = filterScalars(UnicodeForm.decomposed.apply(text)) { $0.properties.generalCategory != .nonspacingMark }
        }
        return lowercase ? mapScalars(text) { $0.properties.lowercaseMapping } : text
    }

    private static func mapScalars(_ text: [UInt8], _ transform: (Unicode.Scalar) -> String) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars { result += transform(scalar).utf8 }
        return result
    }

    private static func filterScalars(_ text: [UInt8], _ isKept: (Unicode.Scalar) -> Bool) -> [UInt8] {
        var scalars = String.UnicodeScalarView()
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars where isKept(scalar) { scalars.append(scalar) }
        return Array(String(scalars).utf8)
    }
}

extension Unicode.Scalar {
    fileprivate var isMark: Bool {
        [.nonspacingMark, .spacingMark, .enclosingMark].contains(properties.generalCategory)
    }

    /// What BERT's text cleaning drops; tabs and line breaks count as white space.
    fileprivate var isControl: Bool {
        switch self {
        case "\t", "\n", "\r": return false
        default: break
        }
        switch properties.generalCategory {
        case .control, .format, .unassigned, .privateUse, .surrogate: return true
        default: return false
        }
    }

    /// The CJK ideographs that BERT treats as words of their own.
    fileprivate var isChinese: Bool {
        switch value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B920...0x2CEAF,
            0xF900...0xFAFF, 0x2F800...0x2FA1F:
            return true
        default: return false
        }
    }
}
