/// Characters of symbol fonts, which have no meaning outside of them.
package enum SymbolText {
    /// Bullets as Word writes them, by their place in the fonts Symbol and Wingdings.
    private static let known: [UInt32: Unicode.Scalar] = [
        0xF0B7: "•", 0xF0A7: "▪", 0xF0A8: "◻", 0xF06C: "●", 0xF06E: "■", 0xF06F: "□", 0xF0D8: "➢", 0xF0E0: "→", 0xF0E8: "➔",
        0xF0FC: "✓", 0xF076: "❖", 0xF02D: "-", 0xF0B0: "°", 0xF0B1: "±", 0xF0B4: "×", 0xF0A3: "≤", 0xF0B3: "≥", 0xF02B: "+",
        0xF028: "(", 0xF029: ")", 0xF02E: ".", 0xF02C: ",", 0xF025: "%",
    ]

    /// The word with its known symbols as characters, and without soft hyphens, zero-width and control characters.
    package static func readable(_ word: PageWord) -> PageWord {
        let scalars = word.text.unicodeScalars
        guard scalars.contains(where: { isRemoved($0) || known[$0.value] != nil }) else { return word }
        var text = String.UnicodeScalarView()
        for scalar in scalars where !isRemoved(scalar) { text.append(known[scalar.value] ?? scalar) }
        return PageWord(text: String(text), box: word.box, confidence: word.confidence, line: word.line)
    }

    private static func isRemoved(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xAD, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2064, 0xFEFF: true
        default: false
        }
    }
}
