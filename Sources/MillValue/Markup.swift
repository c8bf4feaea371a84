extension String {
    /// With the characters that mean something in XML and HTML written out, for text and for attributes in double quotes.
    package var escapedForMarkup: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
