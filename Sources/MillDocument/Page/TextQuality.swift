/// Whether the text of a page can be what a reader sees, judged by its characters alone.
package struct TextQuality: Sendable, Hashable {
    package enum Verdict: Sendable, Hashable {
        case good
        /// Surely not what stands on the page.
        case garbage(String)
        /// Recognition should tell: unusual text looks like this as well.
        case doubtful(String)
    }

    package let verdict: Verdict

    package init(_ words: [PageWord]) {
        var counts = CharacterCounts()
        for word in words { counts.add(word.text) }
        verdict = Self.judge(counts, wordCount: words.count)
    }

    private static func judge(_ counts: CharacterCounts, wordCount: Int) -> Verdict {
        func percent(_ part: Int, _ whole: Int) -> Int { whole == 0 ? 0 : part * 100 / whole }
        let unreadable = percent(counts.unreadable, counts.all)
        if counts.all >= 8, unreadable >= 20 { return .garbage("\(unreadable)% of the characters stand for nothing") }
        if counts.letters >= 60, percent(counts.western, counts.letters) >= 40 {
            return .doubtful("accented letters and signs as of a wrong encoding")
        }
        if counts.latinWords >= 30, percent(counts.singleLetterWords, counts.latinWords) >= 70 {
            return .doubtful("the words are single letters")
        }
        if counts.pairs >= 120, percent(counts.commonPairs, counts.pairs) < 20, counts.isMostlyLetters {
            return .doubtful("the letters form no plausible words")
        }
        if counts.pairs < 120, counts.han < 20, counts.isShifted {
            return .doubtful("signs in the place of letters")
        }
        if counts.han >= 150, percent(counts.commonHan, counts.han) < 6, counts.kana == 0 {
            return .doubtful("rare Chinese characters only")
        }
        return .good
    }
}

/// What kinds of characters a text is made of.
private struct CharacterCounts {
    var all = 0
    var unreadable = 0
    var letters = 0
    /// Letters and signs of Latin-1, of which UTF-8 that was read in the wrong way is full.
    var western = 0
    var digits = 0
    var signs = 0
    var han = 0
    var commonHan = 0
    var kana = 0
    var latinWords = 0
    var singleLetterWords = 0
    var pairs = 0
    var commonPairs = 0

    /// Code and lists of keys have many digits and signs; prose that became garbage by shifting has few.
    var isMostlyLetters: Bool { letters >= 4 * digits && letters > 2 * signs }
    /// Text whose letters were shifted to where the signs are.
    var isShifted: Bool { all >= 60 && signs * 2 > all && digits * 5 < all }

    mutating func add(_ word: String) {
        var previous: UInt8?
        var latin = 0
        for scalar in word.unicodeScalars {
            all += 1
            var current: UInt8?
            switch scalar.value {
            case 0x41...0x5A, 0x61...0x7A:
                letters += 1
                latin += 1
                current = UInt8(scalar.value | 0x20)
            case 0x30...0x39: digits += 1
            // Leader dots and rules of hyphens are no signs of anything.
            case 0x21...0x7E where ![0x2E, 0x2D, 0x5F, 0x2A].contains(scalar.value): signs += 1
            case 0x00...0x1F, 0x7F...0x9F, 0xFFFD, 0xE000...0xF8FF, 0xF0000...0x10FFFF: unreadable += 1
            case 0xA1...0xFF, 0x152...0x178, 0x192, 0x2C6...0x2DC, 0x20AC:
                western += 1
                letters += 1
            case 0x3040...0x30FF, 0xAC00...0xD7A3: kana += 1
            case 0x3400...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFD:
                han += 1
                if CommonText.han.contains(scalar) { commonHan += 1 }
            default: break
            }
            if let first = previous, let second = current {
                pairs += 1
                if CommonText.pairs.contains(UInt16(first) << 8 | UInt16(second)) { commonPairs += 1 }
            }
            previous = current
        }
        if latin > 0 {
            latinWords += 1
            if latin == 1, word.unicodeScalars.count == 1 { singleLetterWords += 1 }
        }
    }
}

/// What text of all kinds is full of.
private enum CommonText {
    /// The most frequent pairs of letters in the words of languages in Latin letters: about half of all pairs in English, a third
    /// and more in others, a tenth in letters by chance.
    static let pairs: Set<UInt16> = {
        let text =
            "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic "
            + "ne ea ra ce li ch ll be ma si om ur la el ta ca no un di us ns ge tr na pr"
        return Set(
            text.split(separator: " ").map { pair in
                pair.utf8.reduce(UInt16(0)) { $0 << 8 | UInt16($1) }
            })
    }()

    /// The most frequent Chinese characters, simplified and traditional, and those of reports: about half of all in a text.
    static let han = Set(
        """
        的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经\
        十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形\
        相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情最立代想已通并提直题党程展五\
        果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先\
        回则任取据处府研收增益价元亿万股市营率净预风险评买持目标维季半毛费用率业绩行需求投證券報國為個時來們對會發動後學經過種產這與關\
        數實質氣問變無總資價億萬營額務財務
        """.unicodeScalars)
}
