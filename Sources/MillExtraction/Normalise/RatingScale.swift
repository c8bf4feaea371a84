/// Ratings of brokers brought to one scale: `buy`, `hold`, `sell`.
public struct RatingScale: Sendable {
    public init() {}

    /// The place of a rating on the scale; nil for words that are on none.
    public func level(of rating: String) -> String? {
        let text = FoldedText(rating)
        let trimmed = text.trimmed
        var words = ""
        for scalar in text.scalars[trimmed]
        where scalar != " " && scalar != "-" && scalar != "'" && scalar != "\"" && scalar != "_" {
            words.unicodeScalars.append(scalar)
        }
        return Self.levels[words]
    }

    /// The first rating among words; used for cells such as `Buy (maintained)` and headings.
    func first(in text: FoldedText) -> (level: String, range: Range<Int>)? {
        Self.words.all(in: text, 0..<text.count).first { found in
            // `Hold` in `Holdings` and `add` in running text are none; the caller gives short texts only.
            text[found.range.upperBound]?.isLatinLetter != true
        }.map { ($0.meaning, $0.range) }
    }

    /// The Chinese rating of two characters that differs in one of them; nil where none or several do.
    func nearest(_ words: String) -> (word: String, level: String)? {
        let scalars = Array(words.unicodeScalars)
        guard scalars.count == 2, scalars.allSatisfy(\.isHan) else { return nil }
        let near = ["买入", "增持", "中性", "持有", "减持", "卖出"].filter { word in
            zip(word.unicodeScalars, scalars).filter { $0 != $1 }.count == 1
        }
        guard near.count == 1, let word = near.first, let level = level(of: word) else { return nil }
        return (word, level)
    }

    private static let lines = """
        buy: strong buy, strong-buy, conviction buy, buy, outperform, sector outperform, sector outperformer, market outperform, outperformer, overweight, over-weight, \
        accumulate, add, top pick, positive, long-term buy, speculative buy, trading buy, moderate buy, attractive, 强烈推荐, 强烈买入, 强力买入, 强推, 买入, 买进, 增持, 强增持, 跑赢大市, \
        跑赢行业, 推荐, 优于大市, 优于大盘, 强于大市, 审慎增持, 审慎推荐, 谨慎增持, 谨慎推荐, 谨慎买入, 审慎买入, 超配, 看好, 领先大市, 超越大市, 收集, 积极买入, 长期买入, 逢低买入, 優於大市, 買入, 增持評級, 跑贏大市, 強烈推薦, 推薦
        hold: hold, neutral, equal-weight, equal weight, equalweight, market perform, market-perform, marketperform, sector perform, peer perform, in-line, in line, inline, perform, fairly valued, \
        market weight, market-weight, sector weight, 中性, 中立, 持有, 同步大市, 与大市同步, 大市同步, 标配, 平配, 观望, 区间操作, 审慎持有
        sell: strong sell, sell, reduce, underweight, under-weight, underperform, sector underperform, underperformer, market underperform, avoid, negative, fully valued, take profits, trim, lighten, \
        减持, 卖出, 回避, 跑输大市, 跑输行业, 弱于大市, 落后大市, 逊于大市, 低配, 沽出, 沽售, 减仓, 清仓, 賣出, 減持
        """

    private static let words = WordTable<String>(lines: lines) { $0 }

    private static let levels: [String: String] = {
        var levels: [String: String] = [:]
        for line in lines.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            for word in line[line.index(after: colon)...].split(separator: ",") {
                levels[String(word.filter { $0 != " " && $0 != "-" })] = String(line[..<colon])
            }
        }
        return levels
    }()
}
