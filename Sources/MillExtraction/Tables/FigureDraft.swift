/// A figure while it is put together.
struct FigureDraft: Sendable {
    var name: String
    /// The name in one form (``MetricNames``).
    var key: String
    var period: ReportPeriod?
    /// As it stands, where no period was read.
    var rawPeriod: String?
    var value: Amount?
    /// Half a unit of the value's last printed digit, in base units.
    var halfUnit = 0.0
    var change: Amount?
    var changeHalfUnit = 0.0
    var kind: ReportFigure.Kind?
    var provenance: [Provenance]
    var nameProvenance: Provenance?
    var periodProvenance: Provenance?
    var changeProvenance: Provenance?
    var flags: [String] = []
    /// Whether its name follows its value (`£1.1m of EBITDA`), which may be a part or a difference.
    var isPartial = false

    var figure: ReportFigure {
        ReportFigure(
            name: name, period: period?.text ?? rawPeriod, value: value, change: change, kind: kind, provenance: provenance,
            nameProvenance: nameProvenance, periodProvenance: periodProvenance, changeProvenance: changeProvenance, flags: flags)
    }
}
