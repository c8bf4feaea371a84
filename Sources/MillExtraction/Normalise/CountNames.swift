/// Names of things that are counted, whatever the table around them is in: employees, stores, customers.
enum CountNames {
    /// Whether a whole name is that of a count: `Average number of employees`, `Stores`, `Units sold`, `员工人数`. Money that such
    /// people or things owe or bring in is none: `Loans to employees`, `Revenue from customers`.
    static func isCount(_ name: String) -> Bool {
        let text = FoldedText(name)
        var words: [String] = []
        var word = ""
        var depth = 0
        for scalar in text.scalars {
            if scalar == "(" || scalar == "[" { depth += 1 }
            if depth == 0, scalar.isLatinLetter || scalar.isHan {
                word.unicodeScalars.append(scalar)
            } else if !word.isEmpty {
                words.append(word)
                word = ""
            }
            if scalar == ")" || scalar == "]" { depth = max(0, depth - 1) }
        }
        if !word.isEmpty { words.append(word) }
        guard !words.isEmpty else { return false }
        if words.contains(where: { $0.unicodeScalars.contains(where: \.isHan) }) { return isChinese(words.joined()) }
        if words.contains(where: others.contains) { return false }
        let isNumber = words.contains("number") || words.contains("headcount") || words.contains("no")
        while let last = words.last, done.contains(last) { words.removeLast() }
        guard let last = words.last else { return false }
        return things.contains(last) || isNumber && (words.contains { things.contains($0) } || words.contains("headcount"))
    }

    private static func isChinese(_ name: String) -> Bool {
        let isOfMoney = ["应付", "应收", "收入", "贷款", "存款", "薪酬", "成本", "费用", "占比", "率", "人均", "均价"].contains { name.contains($0) }
        guard !isOfMoney else { return false }
        return numbers.contains { name.hasSuffix($0) } || bare.contains(name)
    }

    private static let things: Set<String> = [
        "employees", "employee", "headcount", "staff", "stores", "shops", "branches", "customers", "clients", "subscribers",
        "users", "restaurants", "outlets", "hotels", "hospitals", "clinics", "schools", "students", "vessels", "ships",
        "aircraft",
        "vehicles", "units", "members", "patents", "ftes",
    ]
    /// What may stand behind the thing.
    private static let done: Set<String> = [
        "sold", "delivered", "shipped", "produced", "opened", "closed", "served", "operated", "granted", "total", "average", "at",
        "end", "year", "period", "of", "the", "as", "employed",
    ]
    /// With these words it is money, or a measure of its own.
    private static let others: Set<String> = [
        "to", "from", "due", "by", "per", "revenue", "revenues", "sales", "income", "cost", "costs", "expense", "expenses",
        "deposits", "loans", "advances", "receivable", "receivables", "payable", "payables", "benefits", "benefit",
        "remuneration", "rate", "growth", "margin", "share", "shares", "price", "value", "capex", "investment", "provision",
        "contracts", "liabilities", "assets", "profit", "loss", "gain", "business", "days", "on", "with",
        "spend", "spending", "compensation", "wages", "salaries", "fees", "proceeds", "disposal", "purchase", "purchases",
        "goodwill",
    ]
    private static let numbers = [
        "员工人数", "员工总数", "员工数", "员工数量", "职工人数", "门店数", "门店数量", "门店总数", "店铺数", "店铺数量", "客户数", "客户数量", "客户总数", "用户数",
        "用户数量", "网点数", "网点数量", "会员数", "会员人数", "人数", "家数", "户数", "店数", "学生人数",
    ]
    private static let bare: Set<String> = ["员工", "门店", "客户", "分支机构", "网点", "用户", "会员", "职工", "在职员工", "活跃用户", "活跃客户"]
}
