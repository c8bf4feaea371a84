extension String {
    /// With the characters that mean something in XML and HTML written out, for text and for attributes in double quotes.
    package var escapedForMarkup: String {
        // Code point by code point: a quote with an accent on it is another character in Swift, but ends an attribute all the same.
        var result = UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
