/// Text as the readers of numbers, dates and periods see it: full-width forms, blanks, dashes, case and traditional Chinese are
/// brought to one form, one code point for one, so that places are those of the text as given.
public struct FoldedText: Sendable {
    /// As given.
    public let original: [Unicode.Scalar]
    /// In one form, lower case.
    public let scalars: [Unicode.Scalar]

    public init(_ text: String) { self.init(Array(text.unicodeScalars)) }

    init(_ original: [Unicode.Scalar]) {
        self.original = original
        scalars = original.map(\.folded)
    }

    public var count: Int { scalars.count }

    /// The code point at a place; nil outside the text.
    subscript(place: Int) -> Unicode.Scalar? { place >= 0 && place < scalars.count ? scalars[place] : nil }

    /// The characters of a range as given.
    func original(_ range: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: original[range.clamped(to: 0..<count)])
        return String(view)
    }

    /// The characters of a range in one form.
    func folded(_ range: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[range.clamped(to: 0..<count)])
        return String(view)
    }

    /// The place after the blanks that begin here.
    func afterBlanks(_ place: Int) -> Int {
        var place = place
        while self[place] == " " || self[place] == "\n" { place += 1 }
        return place
    }

    /// The place after the characters without any width that begin here: what parts words of no language, and hyphens for the
    /// ends of lines only.
    func afterUnseen(_ place: Int) -> Int {
        var place = place
        while place >= 0, place < count, [0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF].contains(original[place].value) {
            place += 1
        }
        return place
    }

    /// Whether a blank stands at a place at which no line breaks, as it parts thousands.
    func isNarrowBlank(_ place: Int) -> Bool {
        place >= 0 && place < count && [0xA0, 0x2007, 0x2008, 0x2009, 0x202F].contains(original[place].value)
    }

    /// The text between its outer blanks.
    var trimmed: Range<Int> {
        let start = afterBlanks(0)
        var end = count
        while end > start, scalars[end - 1] == " " || scalars[end - 1] == "\n" { end -= 1 }
        return start..<end
    }

    /// Whether the text has these characters (in one form) at a place.
    func has(_ word: String, at place: Int) -> Bool {
        var place = place
        for scalar in word.unicodeScalars {
            guard self[place] == scalar else { return false }
            place += 1
        }
        return true
    }

    /// The place after a word; nil where it does not stand. A word that ends with a Latin letter is not followed by one.
    func after(_ word: String, at place: Int) -> Int? {
        guard has(word, at: place) else { return nil }
        let end = place + word.unicodeScalars.count
        if let last = self[end - 1], last.isLatinLetter, let next = self[end], next.isLatinLetter { return nil }
        return end
    }

    /// Up to `limit` digits from a place.
    func digits(at place: Int, limit: Int = 18) -> Range<Int> {
        var end = place
        while end - place < limit, let scalar = self[end], scalar.isASCIIDigit { end += 1 }
        return place..<end
    }

    /// The whole number that the digits of a range make; nil for none or too many.
    func integer(_ range: Range<Int>) -> Int? {
        guard !range.isEmpty, range.count <= 18 else { return nil }
        return range.reduce(0) { $0 * 10 + Int(scalars[$1].value - 48) }
    }
}

extension Unicode.Scalar {
    var isASCIIDigit: Bool { value >= 48 && value <= 57 }
    /// As given: `A` to `Z`, `a` to `z`.
    var isCapitalLetter: Bool { (0x41...0x5A).contains(value) }
    var isSmallLetter: Bool { (0x61...0x7A).contains(value) }

    /// After folding: a letter of an alphabet.
    var isLatinLetter: Bool {
        if value < 0x80 { return (0x61...0x7A).contains(value) || (0x41...0x5A).contains(value) }
        return value < 0x2000 && properties.isAlphabetic
    }

    var isHan: Bool { (0x3400...0x9FFF).contains(value) || (0xF900...0xFAFF).contains(value) }

    /// Raised digits and the marks of notes.
    var isNoteMark: Bool {
        switch value {
        case 0xB9, 0xB2, 0xB3, 0x2070, 0x2074...0x2079, 0x2A, 0x2020, 0x2021, 0xA7, 0x23, 0x5E: true
        default: false
        }
    }

    fileprivate var folded: Unicode.Scalar {
        switch value {
        case 0x41...0x5A: Unicode.Scalar(UInt8(value + 32))
        case 0x20...0x7E: self
        case 0x09, 0x0D, 0xA0, 0x2000...0x200B, 0x202F, 0x205F, 0x3000, 0xFEFF: " "
        case 0xFF21...0xFF3A: Unicode.Scalar(UInt8(value - 0xFEE0 + 32))
        case 0xFF01...0xFF5E: Unicode.Scalar(UInt8(value - 0xFEE0))
        case 0xAD, 0x2010...0x2015, 0x2212, 0xFE58, 0xFE63: "-"
        case 0x2018, 0x2019, 0x201C, 0x201D, 0x2032, 0x300C...0x300F: "'"
        case 0xD7: "x"
        case 0xFFE5: "¥"
        case 0xFFE1: "£"
        case 0x301C, 0x223C: "~"
        case 0x3010, 0x3014: "["
        case 0x3011, 0x3015: "]"
        case 0x4E00...0x9FFF: simplified
        default: lowerCase
        }
    }

    private var lowerCase: Unicode.Scalar {
        guard value < 0x2000, properties.changesWhenLowercased else { return self }
        let mapping = properties.lowercaseMapping.unicodeScalars
        return mapping.count == 1 ? mapping.first ?? self : self
    }
}
