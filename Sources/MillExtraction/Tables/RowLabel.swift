/// The label of a row: the metric's name without notes and units.
struct RowLabel: Sendable {
    var name: String
    let unit: UnitReading?
    let provenance: Provenance?
    /// Whether it says nothing but a change: `YoY (%)`.
    let isChange: Bool
    /// A period that the label itself names.
    let period: PeriodReading?
    /// The part of a year that the label is and nothing else, for columns that say of which year: `Q1 (Dec)`, `2H`, `Full year`.
    let partOfYear: ReportPeriod.Span?

    init?(_ source: SourceText, periods: PeriodReader) {
        let text = source.folded
        guard !text.trimmed.isEmpty else { return nil }
        let (range, unit) = UnitReader().label(text)
        self.unit = unit
        let clean = Self.clean(text, range)
        guard !clean.isEmpty else { return nil }
        let words = FoldedText(text.original(clean).trimmedBlanks)
        let plain = words.withoutNoise ?? words
        name = plain.original(0..<plain.count)
        provenance = source.provenance(clean)
        isChange = HeaderWords.isOnlyChange(text)
        period = periods.read(text)
        partOfYear = Self.partOfYear(text, periods)
    }

    private static func partOfYear(_ text: FoldedText, _ periods: PeriodReader) -> ReportPeriod.Span? {
        // What stands in brackets only says the same otherwise.
        let all = text.trimmed
        let end = text.scalars[all].firstIndex(of: "(") ?? all.upperBound
        let plain = FieldValueReader.plain(text, all.lowerBound..<end)
        guard !plain.isEmpty, plain.count <= 16 else { return nil }
        if ["full year", "full-year", "fiscal year", "fy", "year", "全年"].contains(text.folded(plain)) { return .year }
        let parts = periods.parts(text, in: plain)
        guard parts.count == 1, let part = parts.first, part.range == plain, part.year == nil, part.relation == nil else {
            return nil
        }
        switch part.span {
        case .quarter, .half, .months: return part.span
        default: return nil
        }
    }

    /// For a group of a balance sheet by term, what its rows add to their names; nil for other groups.
    var term: String? {
        let text = FoldedText(name)
        let words = text.folded(text.trimmed)
        if ["流动负债", "流动资产", "current liabilities", "current assets"].contains(words) { return "" }
        if ["非流动负债", "非流动资产"].contains(words) { return name.contains("動") ? "非流動" : "非流动" }
        return ["non-current liabilities", "non-current assets"].contains(words) ? "Non-current" : nil
    }

    /// With the common name that is meant where recognition was in doubt.
    func repaired(_ names: MetricNames) -> RowLabel {
        // Of `每股` alone the rest was not read at all.
        guard let provenance, provenance.confidence < NameRepair.doubtful || name == "每股" && provenance.confidence < 1,
            let meant = NameRepair(names: names).name(name)
        else {
            return self
        }
        var label = self
        label.name = meant
        return label
    }

    private static let leading = WordTable<Bool>(
        lines:
            "yes: of which, of which:, including, including:, includes, less, less:, add, add:, 其中, 其中:, 减, 减:, 加, 加:, 一、, 二、, 三、, 四、, 五、, -, •, ·, *, >"
    ) { _ in true }

    /// Without `of which`, bullets, numbering, notes and colons.
    static func clean(_ text: FoldedText, _ range: Range<Int>) -> Range<Int> {
        var start = text.afterBlanks(range.lowerBound)
        var end = range.upperBound
        for _ in 0..<3 {
            guard let match = leading.match(text, at: start), match.end < end else { break }
            // `Less developed`, `加工费`: a Han word goes on, so only those with a colon count.
            let needsColon = ["减", "加"].contains(text.folded(start..<match.end))
            if needsColon { break }
            start = text.afterBlanks(match.end)
            if text[start] == ":" { start = text.afterBlanks(start + 1) }
        }
        while end > start, let last = text[end - 1] {
            if last == " " || last == ":" || last == "," || last.isNoteMark || last == "-" {
                end -= 1
            } else if last.isASCIIDigit, text[end - 2] == " ", end - start > 4, !isNumbered(text, start..<end - 2) {
                end -= 2
            } else if last == ")" || last == "]", let open = noteStart(text, end) {
                end = open
            } else {
                break
            }
        }
        return start..<max(start, end)
    }

    /// Whether the last word before a number goes with numbers: `Tier 1`, `Phase 2`.
    private static func isNumbered(_ text: FoldedText, _ range: Range<Int>) -> Bool {
        let words = text.folded(range).split(separator: " ")
        guard let last = words.last else { return true }
        return [
            "tier", "phase", "level", "stage", "cet", "type", "class", "category", "series", "segment", "region", "plant", "line",
            "unit", "block", "scope",
        ].contains(last)
            || last.allSatisfy { $0.isNumber || $0 == "," || $0 == "." }
    }

    /// `(1)`, `[a]`, `(Note 3)` at the end of a label.
    private static func noteStart(_ text: FoldedText, _ end: Int) -> Int? {
        var place = end - 2
        while place > end - 12, let scalar = text[place], scalar != "(", scalar != "[" { place -= 1 }
        guard let open = text[place], open == "(" || open == "[" else { return nil }
        let inside = text.folded(place + 1..<end - 1)
        let isNote =
            inside.hasPrefix("note") || inside.hasPrefix("附注") || inside.hasPrefix("注") || inside.utf8.count == 1
            || inside.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } && inside.utf8.count <= 2
        return isNote ? place : nil
    }

    /// `P/E` of `FY26E P/E`.
    func withoutPeriod(_ text: FoldedText) -> String {
        guard let range = period?.range else { return name }
        let clean = Self.clean(text, UnitReader().label(text).name)
        if range.lowerBound == clean.lowerBound, range.upperBound < clean.upperBound {
            return text.original(Self.clean(text, range.upperBound..<clean.upperBound)).trimmedBlanks
        }
        if range.upperBound == clean.upperBound, range.lowerBound > clean.lowerBound {
            return text.original(Self.clean(text, clean.lowerBound..<range.lowerBound)).trimmedBlanks
        }
        return name
    }
}
