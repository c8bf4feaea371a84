import MillDocument

/// Brings together what tables and text say about the same figure.
struct FigureMerge {
    /// How far two printed values may be apart, in units of their last printed digits.
    private static let slack = 1.02
    /// With how many values of the same name and period one is compared.
    private static let rivalLimit = 32

    /// - Parameter drafts: those of tables first.
    /// - Returns: one figure for each name, period, unit and value, in the order of their first places; a finding for each
    ///   that contradicts another.
    func merge(_ drafts: [FigureDraft]) -> (figures: [FigureDraft], findings: [ReportFinding]) {
        var merged: [FigureDraft] = []
        var byKey: [String: [Int]] = [:]
        var byPlain: [String: [Int]] = [:]
        var findings: [ReportFinding] = []
        for draft in drafts {
            if Self.isTotal(draft.name) {
                // A column of shares adds up to 100 %.
                if draft.value?.unit == "percent", draft.value?.number == 100 { continue }
                // The total of a table under a general name is the figure of that value.
                if let same = merged.firstIndex(where: {
                    $0.period == draft.period && $0.value != nil && $0.value?.unit == draft.value?.unit && Self.agree($0, draft)
                        && !Self.isTotal($0.name)
                }),
                    draft.period != nil
                {
                    Self.join(&merged[same], draft)
                    continue
                }
            }
            let key = "\(draft.key)|\(draft.period?.text ?? draft.rawPeriod ?? "")"
            let others = (byKey[key] ?? []).prefix(Self.rivalLimit)
            if let same = others.first(where: { Self.agree(merged[$0], draft) }) {
                Self.join(&merged[same], draft)
                continue
            }
            // `Non-GAAP EPS` above one table is `EPS` in another of the same values.
            let plain = "\(Self.unqualified(draft.key))|\(draft.period?.text ?? draft.rawPeriod ?? "")"
            if let same = (byPlain[plain] ?? []).prefix(Self.rivalLimit).first(where: {
                let key = Self.unqualified(draft.key)
                return draft.period != nil && merged[$0].key != draft.key && (merged[$0].key == key || draft.key == key)
                    && merged[$0].value != nil && draft.value != nil && Self.agree(merged[$0], draft)
            }) {
                Self.join(&merged[same], draft)
                continue
            }
            let contrary = others.filter { Self.isContrary(merged[$0], draft) }
            if draft.isPartial, !contrary.isEmpty { continue }
            var draft = draft
            if !contrary.isEmpty, draft.period != nil {
                draft.flags.append("conflict")
                for index in contrary where !merged[index].flags.contains("conflict") { merged[index].flags.append("conflict") }
                findings.append(Self.finding(contrary.prefix(4).map { merged[$0] } + [draft]))
            }
            byKey[key, default: []].append(merged.count)
            byPlain[plain, default: []].append(merged.count)
            merged.append(draft)
        }
        return (merged, findings)
    }

    private static let qualifiers: Set<String> = [
        "adjusted", "adj", "non", "gaap", "underlying", "core", "normalised", "normalized", "headline",
    ]

    /// Without the words that say how a figure was adjusted.
    private static func unqualified(_ key: String) -> String {
        let words = key.split(separator: " ")
        let kept = words.filter { !qualifiers.contains(String($0)) }
        return kept.isEmpty ? key : kept.joined(separator: " ")
    }

    static func isTotal(_ name: String) -> Bool {
        let text = FoldedText(name)
        return ["total", "group", "group total", "合计", "总计", "合计占比", "total %", "sum"].contains(text.folded(text.trimmed))
    }

    private static func agree(_ first: FigureDraft, _ second: FigureDraft) -> Bool {
        guard let a = first.value, let b = second.value else {
            // A change alone joins the value that has the same change, or none yet.
            guard let a = first.change, let b = second.change else {
                return first.value != nil || second.value != nil ? first.change == nil || second.change == nil : false
            }
            return a.unit == b.unit && isNear(a.number, b.number, first.changeHalfUnit, second.changeHalfUnit)
        }
        guard a.unit == b.unit || a.unit == nil || b.unit == nil else { return false }
        // A cost in brackets in the table is a positive amount in the text.
        return isNear(a.number, b.number, first.halfUnit, second.halfUnit)
    }

    private static func isNear(_ a: Double, _ b: Double, _ first: Double, _ second: Double) -> Bool {
        abs(a - b) <= max(first, second) * slack + abs(a) * 1e-9
    }

    /// Values of one unit, both of the same kind, beyond rounding.
    private static func isContrary(_ first: FigureDraft, _ second: FigureDraft) -> Bool {
        guard let a = first.value, let b = second.value, a.unit == b.unit, a.unit != nil else { return false }
        return first.kind == second.kind || first.kind == nil || second.kind == nil
    }

    private static func join(_ first: inout FigureDraft, _ second: FigureDraft) {
        if first.value == nil, let value = second.value {
            first.value = value
            first.halfUnit = second.halfUnit
            first.provenance = second.provenance
        } else if second.value != nil {
            // The more precise value stands.
            if second.halfUnit < first.halfUnit * 0.99, let value = second.value, value.unit != nil {
                first.value = value
                first.halfUnit = second.halfUnit
                first.provenance = second.provenance + first.provenance
            } else {
                first.provenance += second.provenance
            }
            if first.value?.unit == nil, let unit = second.value?.unit { first.value?.unit = unit }
        }
        if first.change == nil {
            first.change = second.change
            first.changeHalfUnit = second.changeHalfUnit
            first.changeProvenance = second.changeProvenance
        }
        first.kind = first.kind ?? second.kind
        first.nameProvenance = first.nameProvenance ?? second.nameProvenance
        first.periodProvenance = first.periodProvenance ?? second.periodProvenance
        for flag in second.flags where !first.flags.contains(flag) && flag != "period_inferred" { first.flags.append(flag) }
    }

    private static func finding(_ drafts: [FigureDraft]) -> ReportFinding {
        let values = drafts.compactMap(\.value).map { "\($0.number.short) \($0.unit ?? "")".trimmedBlanks }
        return ReportFinding(
            code: "conflict",
            message:
                "\(drafts[0].name) of \(drafts[0].period?.text ?? "an unknown period") is given as \(values.joined(separator: " and "))",
            places: drafts.flatMap { $0.provenance.flatMap(\.places) })
    }
}

extension Double {
    /// Without a fraction where there is none.
    var short: String {
        guard abs(self) < 1e15, self == rounded() else { return "\(self)" }
        return "\(Int(self))"
    }
}
