import MillExtraction
import Testing

@Suite("Periods, dates, ratings, units")
struct PeriodReaderTests {
    @Test(
        "periods",
        arguments: [
            ("FY25E", "2025FY"), ("FY2025", "2025FY"), ("2025E", "2025FY"), ("2024A", "2024FY"), ("1H25", "2025H1"),
            ("H1 2025", "2025H1"), ("2025Q1", "2025Q1"),
            ("1Q25", "2025Q1"), ("Q1 FY26", "2026Q1"), ("9M25", "2025M9"), ("nine months ended 30 September 2025", "2025M9"),
            ("year ended 31 December 2024", "2024FY"), ("as at 30 June 2025", "2025-06-30"), ("2025年上半年", "2025H1"),
            ("2025年第一季度", "2025Q1"), ("2025年", "2025FY"),
            ("2025/12/31", "2025-12-31"), ("截至2025年6月30日止六个月", "2025H1"), ("2025年前三季度", "2025M9"), ("2025年1-9月", "2025M9"),
            ("Six months ended 30 June 2025", "2025H1"),
            ("Six months ended 30 June 2024 2025", "2024H1"), ("third quarter of fiscal 2025", "2025Q3"),
            ("26 weeks ended 28 June 2025", "2025H1"),
            ("2024/25", "2025FY"), ("31 Dec. 2024", "2024-12-31"), ("2025年末", "2025-12-31"), ("first half of 2025", "2025H1"),
            ("25E", "2025FY"), ("FY Dec 2025E", "2025FY"), ("FY to March 2025", "2025FY"), ("FY3/25", "2025FY"),
            ("FY2025 Q3", "2025Q3"), ("F4Q25", "2025Q4"), ("Q1–Q3 2025", "2025M9"), ("1-6/2025", "2025H1"),
            ("Jan–Jun 2025", "2025H1"),
            ("Q3,2025", "2025Q3"), ("third quarter,2025", "2025Q3"), ("H1,2025", "2025H1"), ("September,2025", "2025-09"),
            ("April to June 2025", "2025Q2"), ("September 2025 quarter", "2025Q3"), ("12M to Jun-25", "2025FY"),
            ("the end of 2024", "2024-12-31"), ("Year ended 31 December 截至12月31日止年度 2023", "2023FY"),
        ])
    func periods(_ text: String, _ period: String) { #expect(PeriodReader().read(text)?.period.text == period) }

    @Test("marks of forecasts and actuals")
    func marks() {
        #expect(PeriodReader().read("FY25E")?.kind == .estimate)
        #expect(PeriodReader().read("2025年预测")?.kind == .estimate)
        #expect(PeriodReader().read("2024A")?.kind == .actual)
        #expect(PeriodReader().read("2024")?.kind == nil)
    }

    @Test("relative periods speak of the document's")
    func relative() {
        let reader = PeriodReader(context: PeriodContext(current: ReportPeriod(year: 2025, span: .half(1))))
        #expect(reader.read("上年同期")?.period.text == "2024H1")
        #expect(reader.read("the same period last year")?.period.text == "2024H1")
        #expect(PeriodReader().read("上年同期") == nil)
    }

    @Test("no period", arguments: ["Revenue", "12.5%", "1,234", "Total assets", "3m tonnes"])
    func none(_ text: String) { #expect(PeriodReader().read(text) == nil) }

    @Test(
        "dates",
        arguments: [
            ("14 March 2025", "2025-03-14"), ("March 14, 2025", "2025-03-14"), ("2025-03-14", "2025-03-14"),
            ("2025/3/14", "2025-03-14"), ("2025年3月14日", "2025-03-14"),
            ("14-Mar-25", "2025-03-14"), ("20250314", "2025-03-14"), ("二〇二五年三月十四日", "2025-03-14"), ("14/03/2025", "2025-03-14"),
            ("26 Aug 2025", "2025-08-26"),
        ])
    func dates(_ text: String, _ iso: String) { #expect(DateReader().first(in: text)?.iso == iso) }

    @Test("days that do not exist are no dates")
    func impossible() { #expect(DateReader().first(in: "31 February 2025") == nil) }

    @Test(
        "ratings",
        arguments: [
            ("Buy", "buy"), ("Outperform", "buy"), ("买入", "buy"), ("强烈推荐", "buy"), ("优于大市", "buy"), ("Equal-weight", "hold"),
            ("Market Perform", "hold"), ("中性", "hold"),
            ("Underweight", "sell"), ("减持", "sell"), ("跑输大市", "sell"),
        ])
    func ratings(_ words: String, _ level: String) { #expect(RatingScale().level(of: words) == level) }

    @Test("a word on no scale stays without one")
    func unknownRating() { #expect(RatingScale().level(of: "Hodl") == nil) }

    @Test(
        "units of captions",
        arguments: [
            ("RMB million, unless otherwise stated", "CNY", 1e6), ("单位：百万元", "CNY", 1e6), ("人民币百万元", "CNY", 1e6),
            ("HK$'000", "HKD", 1e3),
            ("in thousands of US dollars except per share data", "USD", 1e3), ("表1：盈利预测（人民币百万元）", "CNY", 1e6), ("£m", "GBP", 1e6),
            ("单位:亿元", "CNY", 1e8),
        ])
    func captions(_ text: String, _ currency: String, _ scale: Double) {
        let unit = UnitReader().caption(text)
        #expect(unit?.currency == currency && unit?.scale == scale)
    }

    @Test("units of row labels leave the name")
    func labels() {
        #expect(UnitReader().label("Revenue (RMB m)").unit?.scale == 1e6)
        #expect(UnitReader().label("毛利率（%）").unit?.measure == .percent)
        #expect(UnitReader().label("EBIT margin, %").name == "EBIT margin")
        #expect(UnitReader().label("Net assets per share").unit == nil)
    }

    @Test("names of metrics in one form")
    func names() {
        let names = MetricNames()
        #expect(names.key(of: "Total revenue¹") == names.key(of: "营业收入"))
        #expect(names.key(of: "Revenue 营业收入") == names.key(of: "Sales"))
        #expect(names.key(of: "净利润") != names.key(of: "归母净利润"))
    }

    @Test(
        "tickers in one form",
        arguments: [
            ("700 HK", "0700.HK"), ("0700.HK", "0700.HK"), ("600519.SH", "600519.SH"), ("AAPL US", "AAPL.US"),
            ("HLDF LN", "HLDF.LN"),
        ])
    func tickers(_ ticker: String, _ normalised: String) { #expect(Tickers.normalised(ticker) == normalised) }
}
