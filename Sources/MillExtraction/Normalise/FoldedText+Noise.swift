extension FoldedText {
    /// Without blanks between Chinese characters and signs at the beginning, as recognition leaves them; nil where there are none.
    /// Its places are its own.
    var withoutNoise: FoldedText? {
        guard count <= 80, scalars.contains(where: \.isHan) else { return nil }
        var kept: [Unicode.Scalar] = []
        for place in 0..<count {
            let scalar = scalars[place]
            if kept.isEmpty, [".", ",", "'", "\"", "|", "-", ":", ";", "·", " "].contains(scalar) { continue }
            if scalar == " ", kept.last?.isHan == true, self[afterBlanks(place)]?.isHan == true { continue }
            kept.append(original[place])
        }
        return kept.count < count ? FoldedText(kept) : nil
    }
}
