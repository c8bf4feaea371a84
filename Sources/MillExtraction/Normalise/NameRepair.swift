/// Common names of metrics in which recognition misread a character.
struct NameRepair {
    let names: MetricNames

    /// Where the label of a row was recognised with less, a common name that differs in one character is meant, 0 to 1.
    static let doubtful = 0.93

    /// The common name that is meant; nil where the name is known or nothing is near.
    func name(_ name: String) -> String? {
        let scalars = Array(name.unicodeScalars)
        guard scalars.count >= 2, scalars.count <= 40, !names.isKnown(name) || name.hasPrefix("每股") else { return nil }
        if scalars.contains(where: \.isHan) { return chinese(scalars) }
        guard scalars.count >= 6 else { return nil }
        let plain = MetricNames.plain(name)
        let wanted = Array(plain.unicodeScalars)
        return Self.latin.first { common in
            let other = Array(common.unicodeScalars)
            return other.count == wanted.count && zip(other, wanted).filter { $0 != $1 }.count == 1
        }
    }

    private func chinese(_ scalars: [Unicode.Scalar]) -> String? {
        let text = scalars.filter { $0 != " " }
        // `每股` and a character that was not read: earnings are what tables have per share before all else.
        if text.count <= 3, text.starts(with: "每股".unicodeScalars) { return "每股盈利" }
        guard text.count >= 3, !Self.others.contains(String(String.UnicodeScalarView(text))) else { return nil }
        return Self.chinese.first { common in
            let other = Array(common.unicodeScalars)
            return other.count == text.count && zip(other, text).filter { $0 != $1 }.count == 1
        }
    }

    /// The more common first.
    private static let chinese = [
        "营业收入", "营业总收入", "收入", "毛利率", "归母净利润", "净利润", "市盈率", "市净率", "市销率", "每股收益", "每股盈利", "每股股利", "每股股息", "每股净资产", "净利率",
        "营业成本", "营业利润", "利润总额", "经营利润", "经营溢利", "期内溢利", "年内溢利", "除税前溢利", "股东应占溢利", "研发费用", "销售费用", "管理费用", "财务费用", "行政开支", "融资成本",
        "财务费用净额", "折旧及摊销", "折旧与摊销", "资本开支", "自由现金流", "经营现金流", "净资产收益率", "总资产", "净资产", "资产总计", "负债合计", "货币资金", "应收账款", "其他收入",
        "所得税",
        "股息率", "销售成本", "销售毛利率", "归母净利润增速", "收入增速", "资产负债率",
    ]

    /// Names of their own that resemble a common one.
    private static let others: Set<String> = ["净利息", "净收入", "总收入", "利息收入", "营业支出", "总负债", "市值", "毛利额"]

    private static let latin = [
        "revenue", "net revenue", "net sales", "turnover", "gross profit", "gross margin", "operating profit", "operating income",
        "operating margin", "net profit", "net income", "ebitda", "ebitda margin", "cost sales", "cost revenue",
        "administrative expenses", "finance costs", "profit before tax", "taxation", "income tax", "earnings per share",
        "diluted earnings per share", "dividend per share", "free cash flow", "operating cash flow", "capital expenditure",
        "net debt", "net cash", "assets", "inventories", "trade receivables", "trade payables", "net assets", "return on equity",
    ]
}
