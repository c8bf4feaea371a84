import MillValue

/// The name under which a document's results lie in the archive, made from its path.
///
/// Letters and digits of all scripts, blanks and `-_.()+,&@'` stay; everything else, also `/`, becomes `%` and the hexadecimal
/// digits of its bytes (`2025/研报 1.pdf` → `2025%2F研报 1.pdf`). Different paths get different names, which lead back.
package enum ArchiveName {
    /// Room for the endings of a file that is not complete yet, in the 255 bytes of a name.
    static let maximumBytes = 200
    /// What stands behind the beginning of a name that would be longer; no other name has one.
    static let mark: Character = "~"

    /// The whole name of a path; nil where it would be too long.
    package static func name(of file: String) -> String? {
        let name = parts(of: file).joined()
        return name.utf8.count <= maximumBytes ? name : nil
    }

    /// For a path whose name would be too long: its beginning, a fingerprint, and a number in case that is taken.
    package static func shortName(of file: String, attempt: Int) -> String {
        var name = ""
        for part in parts(of: file) {
            guard name.utf8.count + part.utf8.count <= maximumBytes - 40 else { break }
            name += part
        }
        return name + "\(mark)" + Fingerprint.letters(file) + (attempt == 0 ? "" : "-\(attempt)")
    }

    /// The path that a name was made of; nil for a short name, and for one that was not made here.
    package static func file(of name: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(name.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
            bytes.append(code)
            rest = rest.dropFirst(2)
        }
        guard let file = String(validating: bytes, as: UTF8.self), self.name(of: file)?.utf8.elementsEqual(name.utf8) == true
        else { return nil }
        return file
    }

    private static func parts(of file: String) -> [String] {
        let scalars = Array(file.unicodeScalars)
        // A name that ended so would be taken for the Docling file of another document.
        let ending = Array(".docling".unicodeScalars)
        let last = scalars.suffix(ending.count) == ending[...] ? scalars.count - ending.count : nil
        return scalars.enumerated().map { index, scalar in
            let isHidden = index == 0 && (scalar == "." || scalar == " ")
            return isPlain(scalar) && !isHidden && index != last ? String(scalar) : escaped(scalar)
        }
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.properties.isAlphabetic || "0123456789 -_.()+,&@'".unicodeScalars.contains(scalar) }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber,
            .otherNumber:
            return true
        default: return false
        }
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        String(scalar).utf8.map { ($0 < 16 ? "%0" : "%") + String($0, radix: 16, uppercase: true) }.joined()
    }
}
