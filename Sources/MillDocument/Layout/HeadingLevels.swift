/// Tells headings, the title and list items from paragraphs.
struct HeadingLevels {
    let bodySize: Double

    func mark(_ drafts: inout [DocumentAssembler.Draft]) {
        var candidates: [(index: Int, size: Double, depth: Int?)] = []
        for index in drafts.indices where drafts[index].kind == .paragraph {
            guard let block = drafts[index].blocks.first else { continue }
            let next = drafts[(index + 1)...].first {
                $0.page == drafts[index].page && $0.kind != .pageHeader && $0.kind != .pageFooter
            }
            if isHeading(drafts[index], block, next: next) {
                var depth: Int?
                if case .section(let number) = drafts[index].marker?.kind { depth = number }
                if drafts[index].marker?.kind == .ordinal { depth = 1 }
                candidates.append((index, block.size, depth))
            } else if let marker = drafts[index].marker {
                drafts[index].kind = .listItem(marker: marker.text)
            }
        }
        if let title = title(candidates, drafts) {
            drafts[candidates[title].index].kind = .title
            candidates.remove(at: title)
        }
        let levels = levels(candidates.map(\.size))
        for candidate in candidates {
            let bySize = levels.firstIndex { abs($0 - candidate.size) <= 0.04 * $0 } ?? max(0, levels.count - 1)
            let level = candidate.depth.map { depth in levels.count <= 1 ? depth : max(depth, 1) } ?? bySize + 1
            drafts[candidate.index].kind = .heading(level: min(level, 6))
        }
    }

    private func isHeading(_ draft: DocumentAssembler.Draft, _ block: LayoutBlock, next: DocumentAssembler.Draft?) -> Bool {
        guard block.lines.count <= 3, let last = block.lines.last?.words.last?.text.last else { return false }
        let characters = block.lines.reduce(0) { $0 + $1.characterCount }
        let letters = block.lines.reduce(0) { $0 + $1.words.reduce(0) { $0 + $1.shape.letters } }
        guard characters <= 160, letters >= 2, !block.lines[0].words.allSatisfy(\.shape.isFigure) else { return false }
        if draft.marker?.kind == .bullet { return false }
        if block.size > 1.12 * bodySize { return true }
        let ends = ".。;；,，、:：!！".contains(last)
        guard block.size > 0.95 * bodySize, !ends, block.lines.count <= 2 else { return false }
        if case .section = draft.marker?.kind { return characters <= 70 }
        // Text follows that is no heading of the same kind.
        guard block.lines.count == 1, characters <= 70, let next, let below = next.blocks.first else { return false }
        let isFollowed =
            below.lines.count >= 2 || !next.tables.isEmpty
            || below.lines.first.map { $0.box.width > 1.6 * block.box.width } ?? false
        guard isFollowed, next.page == draft.page else { return false }
        let width = block.column.upperBound - block.column.lowerBound
        let isShort = block.box.width < 0.7 * width || width < 15 * bodySize
        if draft.marker?.kind == .ordinal { return next.marker?.kind != .ordinal && isShort && block.gapAbove > 0.5 * block.size }
        return isShort && block.gapAbove > 0.4 * block.size && next.marker == nil
    }

    /// The largest line of the upper part of the first page.
    private func title(_ candidates: [(index: Int, size: Double, depth: Int?)], _ drafts: [DocumentAssembler.Draft]) -> Int? {
        let first = candidates.indices.filter { drafts[candidates[$0].index].page == 0 && candidates[$0].depth == nil }
        guard let best = first.max(by: { candidates[$0].size < candidates[$1].size }) else { return nil }
        let largest = first.first { candidates[$0].size > 0.97 * candidates[best].size } ?? best
        guard candidates[largest].size > 1.25 * bodySize else { return nil }
        return largest
    }

    /// The sizes of headings, the largest first; sizes that differ little are one.
    private func levels(_ sizes: [Double]) -> [Double] {
        var levels: [Double] = []
        for size in sizes.sorted(by: >) where levels.last.map({ size < 0.96 * $0 }) ?? true { levels.append(size) }
        return levels
    }
}
