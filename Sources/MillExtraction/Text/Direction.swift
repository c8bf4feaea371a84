/// Whether the words around a change say that it went down.
enum Direction {
    private static let words = WordTable<Bool>(
        lines: """
            down: fell, fall, falls, falling, fallen, down, declined, decline, declines, declining, decreased, decrease, decreases, dropped, drop, drops, lower, slipped, shrank, contracted, contraction, reduced, reduction, weaker, slid, lost, narrowed, 下降, 下滑, 减少, 回落, 降低, 下跌, 跌, 同降, 收窄, 缩减, 下调, 降
            up: rose, rise, rises, risen, rising, up, grew, grow, growth, grows, growing, grown, increased, increase, increases, increasing, gained, gain, higher, climbed, jumped, expanded, widened, improved, advanced, advance, surged, ahead, 增长, 上升, 提升, 增加, 提高, 上涨, 同增, 扩大, 上调, 增, 涨, 升
            """
    ) { $0 == "down" }

    /// - Parameter change: the number in its text.
    /// - Returns: true for down, false for up, nil where no word tells.
    static func isDown(_ change: Range<Int>, in text: FoldedText) -> Bool? {
        // Words right behind the number come first: `5 % lower`.
        var end = change.upperBound
        while end < text.count, end - change.upperBound < 22, let scalar = text[end], !isStop(scalar) { end += 1 }
        let after = words.all(in: text, change.upperBound..<end).first
        if let after, after.range.lowerBound - change.upperBound <= 3 { return after.meaning }
        var start = change.lowerBound
        while start > 0, change.lowerBound - start < 60, let scalar = text[start - 1], !isStop(scalar) { start -= 1 }
        if let before = words.all(in: text, start..<change.lowerBound).last { return before.meaning }
        return after?.meaning
    }

    private static func isStop(_ scalar: Unicode.Scalar) -> Bool {
        [";", "。", "；", "!", "?", "\n", "，", "、"].contains(scalar) || scalar == ","
    }
}
