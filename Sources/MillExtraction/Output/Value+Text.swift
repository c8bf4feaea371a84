import MillValue

extension Value {
    /// The same with � for every character U+0000: SQLite and most readers of CSV take it for the end of a text. Code points keep
    /// their places.
    var withoutNUL: Value {
        switch self {
        case .string(let text): .string(text.withoutNUL)
        case .list(let list): .list(list.map(\.withoutNUL))
        case .map(let map):
            .map(
                map.reduce(into: ValueMap()) { result, entry in
                    result[entry.key.withoutNUL] = entry.value.withoutNUL
                })
        default: self
        }
    }
}

extension String {
    var withoutNUL: String {
        utf8.contains(0) ? String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 })) : self
    }
}
