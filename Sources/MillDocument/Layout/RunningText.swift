/// Which lines at the edges of pages are running headers and footers.
struct RunningText {
    /// For each page, how many of its lines at the top, counted from the first, and at the bottom, counted from the last.
    private(set) var headers: [Int]
    private(set) var footers: [Int]

    init(_ pages: [PageLayout]) {
        headers = Self.counts(pages.map { page in page.top.map { Line($0, fromEdge: $0.box.top) } })
        footers = Self.counts(
            pages.map { page in page.bottom.reversed().map { Line($0, fromEdge: page.height - $0.box.bottom) } })
    }

    private struct Line {
        let key: String
        let isNumber: Bool
        /// In steps of 3 points.
        let height: Int
        let size: Double

        init(_ line: LayoutLine, fromEdge distance: Double) {
            let text = line.plainText
            key = CaptionPattern.runningKey(text)
            isNumber = CaptionPattern.isPageNumber(text)
            height = Int((distance / 3).rounded())
            size = line.size
        }
    }

    private static func counts(_ pages: [[Line]]) -> [Int] {
        var keys: [String: Int] = [:]
        var heights: [Int: Int] = [:]
        for page in pages {
            for key in Set(page.map(\.key)) { keys[key, default: 0] += 1 }
            for height in Set(page.flatMap { [$0.height, $0.height + 1] }) { heights[height, default: 0] += 1 }
        }
        let often = max(3, (pages.count + 1) / 2)
        return pages.map { page in
            var count = 0
            for (index, line) in page.enumerated() {
                let repeats = keys[line.key] ?? 0
                let stands = max(heights[line.height] ?? 0, heights[line.height + 1] ?? 0)
                if line.isNumber || repeats >= 2 && !line.key.isEmpty && (line.key != "#" || repeats > 2)
                    || stands >= often && index == 0
                {
                    count = index + 1
                }
            }
            return count
        }
    }
}
