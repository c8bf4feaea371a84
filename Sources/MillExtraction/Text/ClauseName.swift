/// The subject of a Chinese clause that ends in a value: `资产负债比率` of `资产负债比率（按借贷除以资产净值计算）为23.6%`.
struct ClauseName {
    let names: MetricNames

    /// Words between a name and its value.
    private static let links = words(
        "为 是 达 达到 至 到 约 近 逾 超 超过 不足 共 共计 合共 录得 实现 分别 增 增加 增长 增至 升 上升 提升 提高 扩大 改善 降 下降 下滑 回落 减少 收窄 降低 人民币 港币 有望 将 可 仅 已 则 也 亦 有所 由 从 不低于 不少于 不高于 高于 低于 超出 缩短 延长"
    )
    /// Words that stand before a name and are no part of it.
    private static let leads = words(
        "其中 期内 期末 年末 年内 期间 本期 本年 当期 当年 单季 单季度 公司 本公司 本集团 集团 我们 预计 预期 预测 估计 截至 截止 来自 实现 录得 完成 由 将 但 而 并 且 和 及 与 的 之 以及 同时 目前 此外 另外 若 按 对应 全年 合计 受益于 报告期内 报告期末 报告期 本报告期 宣派 按 照 按照 依照 董事会宣派 拟派 派发"
    )
    /// Words of sentences that have no such subject.
    private static let verbs = words(
        "考虑 给予 维持 上调 下调 测算 我们 认为 计划 拟 采用 参考 不变 以上 以下 左右 相当于 公布 公告 宣布 通过 受惠 每股 首次 由于 因为 随着 较上 较去 较年 较2 同比 环比 相比 其余"
    )

    private static func words(_ list: String) -> [[Unicode.Scalar]] {
        list.split(separator: " ").map { Array($0.unicodeScalars) }.sorted { $0.count > $1.count }
    }

    /// A name and where it, or its part of a list, stands.
    struct Found {
        let range: Range<Int>
        let name: String
    }

    /// - Parameter value: where the value stands.
    /// - Returns: nil where the clause has no name of its own.
    func name(before value: Range<Int>, in text: FoldedText) -> Found? {
        if let listed = listed(before: value, in: text) { return listed }
        let end = linkStart(before: value.lowerBound, text)
        // `中期股息每股8.2港仙` speaks of `每股中期股息`.
        if has(Self.perShare, at: end - 2, text), let own = range(before: end - 2..<end, in: text) {
            return Found(range: own, name: text.original(end - 2..<end) + Self.plain(text.original(own)))
        }
        return range(before: value, in: text).map { Found(range: $0, name: name(text.original($0).trimmedBlanks)) }
    }

    /// `销售、管理和研发费用率分别为2.8%、4.9%和5.2%`: the name of each value.
    func listed(before value: Range<Int>, in text: FoldedText) -> Found? {
        var link = value.lowerBound
        var index = 0
        while link > 0, value.lowerBound - link < 80, !has(Self.each, at: link, text) {
            link -= 1
            guard let scalar = text[link], !["。", ";", ":", "(", ")"].contains(scalar) else { return nil }
            let isInside = text[link - 1]?.isASCIIDigit == true && text[link + 1]?.isASCIIDigit == true
            if ["、", "和", "及", "与"].contains(scalar) || scalar == "," && !isInside { index += 1 }
        }
        guard has(Self.each, at: link, text) else { return nil }
        var start = link
        while start > 0, link - start < 60, let scalar = text[start - 1], Self.isOfName(scalar) || scalar == "、" { start -= 1 }
        start = lead(start..<link, text)
        var parts: [Range<Int>] = []
        var place = start
        for end in start...link where end == link || ["、", "和", "及", "与"].contains(text[end]) {
            if end > place { parts.append(place..<end) }
            place = end + 1
        }
        guard parts.count >= 2, parts.indices.contains(index), let last = parts.last else { return nil }
        let own = parts[index]
        var name = text.original(own)
        if index < parts.count - 1, !names.isKnown(name), last.count > own.count {
            name += text.original(last.lowerBound + own.count..<last.upperBound)
        }
        return Found(range: own, name: Self.plain(name))
    }

    private static let payments = words("股息 股利 派息 分红 红利")
    private static let perShare = Array("每股".unicodeScalars)
    private static let each = Array("分别".unicodeScalars)

    private func range(before value: Range<Int>, in text: FoldedText) -> Range<Int>? {
        var end = linkStart(before: value.lowerBound, text)
        if text[end - 1] == ")" {
            var open = end - 2
            while open > 0, end - open < 40, text[open] != "(" { open -= 1 }
            guard text[open] == "(" else { return nil }
            end = open
        }
        var start = end
        while start > 0, end - start < 40, let scalar = text[start - 1], Self.isOfName(scalar) { start -= 1 }
        guard end - start < 40 else { return nil }
        start = lead(start..<end, text)
        end = tail(start..<end, text)
        guard start < end else { return nil }
        let range = start..<end
        guard (2...18).contains(range.count), text[end - 1]?.isHan == true, text[end - 1] != "的",
            text[start]?.isASCIIDigit != true,
            !Self.verbs.contains(where: { holds($0, range, text) }), isWhole(range, text)
        else { return nil }
        return range
    }

    private func name(_ words: String) -> String { names.isCommon(words) ? words : Self.plain(words) }

    /// The name without the particles within: `北美洲收益` of `北美洲之收益`.
    static func plain(_ name: String) -> String {
        var plain = String.UnicodeScalarView()
        let scalars = Array(name.unicodeScalars)
        for (place, scalar) in scalars.enumerated() {
            if scalar == "之" || scalar == "的", place > 0, place + 1 < scalars.count { continue }
            plain.append(scalar)
        }
        return String(plain)
    }

    private func linkStart(before place: Int, _ text: FoldedText) -> Int {
        var end = place
        while end > 0 {
            if text[end - 1] == " " { end -= 1; continue }
            guard let link = Self.links.first(where: { $0.count <= end && has($0, at: end - $0.count, text) }) else { break }
            end -= link.count
        }
        return end
    }

    /// Behind periods, verbs and other words that begin the clause: `汐澜能源上半年实现营业收入` speaks of `营业收入`.
    private func lead(_ range: Range<Int>, _ text: FoldedText) -> Int {
        var start = range.lowerBound
        for part in PeriodReader().parts(text, in: range) where part.range.upperBound < range.upperBound {
            // `拥有人应占期内溢利`: inside a name a word for the document's own period is a part of it.
            if part.relation == .current, part.range.lowerBound > start { continue }
            // `中期股息` is one for half a year.
            if Self.payments.contains(where: { has($0, at: part.range.upperBound, text) }) { continue }
            start = max(start, part.range.upperBound)
        }
        for place in (start..<range.upperBound).reversed() {
            guard let verb = Self.doing.first(where: { place + $0.count < range.upperBound && has($0, at: place, text) }) else {
                continue
            }
            start = place + verb.count
            break
        }
        for _ in 0..<6 {
            if let word = Self.leads.first(where: { start + $0.count < range.upperBound && has($0, at: start, text) }) {
                start += word.count
            } else {
                break
            }
        }
        return start
    }

    /// Before a time that stands behind the name: `现金于年末`.
    private func tail(_ range: Range<Int>, _ text: FoldedText) -> Int {
        guard let part = PeriodReader().parts(text, in: range).last, part.range.upperBound >= range.upperBound else {
            return range.upperBound
        }
        var end = part.range.lowerBound
        while end > range.lowerBound, [" ", "于", "在"].contains(text[end - 1]) { end -= 1 }
        return end
    }

    private static let doing = words("实现 录得 完成 宣派 派发 派付 建议 取得 本基金")

    /// A share says of what: `占收入比重`, not `占收入`.
    private func isWhole(_ range: Range<Int>, _ text: FoldedText) -> Bool {
        guard range.contains(where: { text[$0] == "占" && text[$0 - 1] != "应" }) else { return true }
        let name = text.folded(range)
        return ["占比", "比重", "比例"].contains { name.hasSuffix($0) }
    }

    private func has(_ word: [Unicode.Scalar], at place: Int, _ text: FoldedText) -> Bool {
        place >= 0 && word.indices.allSatisfy { text[place + $0] == word[$0] }
    }

    private func holds(_ word: [Unicode.Scalar], _ range: Range<Int>, _ text: FoldedText) -> Bool {
        range.contains { place in place + word.count <= range.upperBound && has(word, at: place, text) }
    }

    private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isHan || scalar.isLatinLetter || scalar.isASCIIDigit || scalar == "-" || scalar == "/" || scalar == "&"
    }
}
