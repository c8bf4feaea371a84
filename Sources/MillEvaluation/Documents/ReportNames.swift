/// Names of metrics, companies and fields as they are compared with the truth.
enum ReportNames {
    /// Letters and digits in lower case; what stands in brackets, notes, `the` and `total` aside.
    static func key(_ name: String) -> String {
        var key = ""
        var depth = 0
        for scalar in name.lowercased().unicodeScalars {
            if scalar == "(" || scalar == "（" || scalar == "[" { depth += 1 }
            if depth == 0, scalar == " " || isTelling(scalar) { key.unicodeScalars.append(scalar) }
            if scalar == "-" || scalar == "–" || scalar == "—" { key.append(" ") }
            if scalar == ")" || scalar == "）" || scalar == "]" { depth = max(0, depth - 1) }
        }
        let words = key.split(separator: " ").filter { $0 != "the" && $0 != "total" && $0 != "group" }
        let joined = words.joined()
        return joined.isEmpty ? key.filter { $0 != " " } : joined
    }

    private static func isTelling(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // Raised digits are notes.
        case 0xB2, 0xB3, 0xB9, 0x2070...0x209F: false
        default: scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        }
    }

    /// Without legal forms.
    static func company(_ name: String) -> String {
        var words = name.lowercased().split { $0 == " " || $0 == "," || $0 == "." }.map(String.init)
        let legal: Set<String> = [
            "plc", "inc", "ltd", "limited", "corp", "corporation", "ag", "sa", "se", "nv", "co", "company", "group", "holdings",
            "the",
        ]
        while let last = words.last, legal.contains(last), words.count > 1 { words.removeLast() }
        var text = words.joined()
        for form in ["股份有限公司", "控股有限公司", "有限责任公司", "集团有限公司", "有限公司"] where text.hasSuffix(form) && text.count > form.count {
            text.removeLast(form.count)
            break
        }
        return text.filter { $0.isLetter || $0.isNumber }
    }

    /// Under which name a record has what the truth calls so.
    static let fields = ["date": "report_date"]
}
