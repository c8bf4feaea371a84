extension LedgerRelations {
    /// The entities of one sentence by their roles.
    private struct Group {
        let all: [Mention]
        let values: [Mention]
        let metrics: [Mention]
        let periods: [Mention]
        let changes: [Mention]
        let gaps: LedgerGaps

        init(_ mentions: [Mention], _ text: LedgerText) {
            all = mentions
            values = mentions.filter { $0.role == .value }
            metrics = mentions.filter { $0.role == .metric }
            periods = mentions.filter { $0.role == .period }
            changes = mentions.filter { $0.role == .change }
            gaps = LedgerGaps(text, (mentions.first?.start ?? 0)..<(mentions.last?.end ?? 0))
        }

        /// Those of two roles that stand as many after one another as others follow: `n` of the first, then `n` of the second.
        ///
        /// - Parameter passed: may stand among the second ones without counting.
        /// - Returns: pairs of the second with the first, by where the second starts.
        func lists(_ first: Role, _ second: Role, passing passed: Role? = nil) -> [Int: Mention] {
            let run = all.filter { $0.role == first || $0.role == second || $0.role == passed }
            var pairs: [Int: Mention] = [:]
            var start = 0
            while start < run.count {
                guard run[start].role == first else {
                    start += 1
                    continue
                }
                let middle = run[start...].firstIndex { $0.role != first } ?? run.count
                let end = run[middle...].firstIndex { $0.role != second && $0.role != passed } ?? run.count
                let others = run[middle..<end].filter { $0.role == second }
                if middle - start >= 2, others.count == middle - start {
                    for (one, other) in zip(run[start..<middle], others) { pairs[other.start] = one }
                }
                start = middle
            }
            return pairs
        }
    }

    mutating func readSentence(_ mentions: [Mention]) {
        let group = Group(mentions, text)
        let names = group.lists(.metric, .value, passing: .change)
        let (times, free) = periods(of: group)
        let firstFigure = figures.count
        for (index, value) in group.values.enumerated() {
            let unit = unit(value)
            let metric = names[value.start]?.range ?? metric(of: index, unit: unit, group)
            let period = times[value.start] ?? nearestPeriod(to: index, unit: unit, among: free, group) ?? lastPeriod
            figures.append(figure(value, metric: metric, period: period, unit: unit))
        }
        addChanges(group, firstFigure: firstFigure)
        lastPeriod = free.last?.range ?? lastPeriod
        lastMetric = group.metrics.last?.range ?? lastMetric
    }

    /// The periods that lists and relative periods give to values, by where these start, and the ordinary periods.
    private func periods(of group: Group) -> ([Int: Range<Int>], ordinary: [Mention]) {
        var times = group.lists(.period, .value).mapValues(\.range)
        if times.isEmpty {
            let valueOf = group.lists(.value, .period)
            for period in group.periods { if let value = valueOf[period.start] { times[value.start] = period.range } }
        }
        var ordinary: [Mention] = []
        let numbers = group.all.filter { $0.role == .value || $0.role == .change }
        for period in group.periods {
            guard group.periods.count > 1 || group.values.count > 1 || lastPeriod != nil,
                LedgerPatterns.relativePeriod.occurs(in: text.lower, period.range), !isNamed(period, group),
                let near = numbers.least({ group.gaps.distance($0.range, period.range) })
            else {
                ordinary.append(period)
                continue
            }
            if times[near.start] == nil { times[near.start] = period.range }
        }
        return (times, ordinary)
    }

    /// Whether only blanks stand between a period and a metric after it: `last year's revenue`, `上年同期的营收`.
    private func isNamed(_ period: Mention, _ group: Group) -> Bool {
        let next = group.metrics.count(startingBefore: period.end)
        guard next < group.metrics.count else { return false }
        return text.scalars[period.end..<group.metrics[next].start].allSatisfy { $0 == " " || $0 == "的" }
    }

    private func metric(of index: Int, unit: [Range<Int>], _ group: Group) -> Range<Int>? {
        let value = group.values[index]
        let next = group.metrics.count(startingBefore: value.start)
        let before = next > 0 ? group.metrics[next - 1].range : nil
        guard next < group.metrics.count else { return before ?? lastMetric }
        let after = group.metrics[next].range
        let end = unit.reduce(value.end) { max($0, $1.upperBound) }
        let hasValueBetween = index + 1 < group.values.count && group.values[index + 1].start < after.lowerBound
        if !hasValueBetween, end < after.lowerBound, after.lowerBound - end <= 32,
            text.scalars[end..<after.lowerBound].contains(where: { $0 != " " }),
            LedgerPatterns.of.matches(all: end..<after.lowerBound, of: text.scalars)
        {
            return after
        }
        return before ?? after
    }

    /// The ordinary period that costs least.
    private func nearestPeriod(
        to index: Int, unit: [Range<Int>], among periods: [Mention], _ group: Group
    ) -> Range<Int>? {
        let value = group.values[index]
        let end = unit.reduce(value.end) { max($0, $1.upperBound) }
        return periods.least { period in
            if period.start > end, period.start - end <= 16,
                LedgerPatterns.byTime.matches(all: end..<period.start, of: text.lower)
            {
                return -30
            }
            let rank = group.values.count(startingBefore: period.start)
            let isAfter = period.start > value.start
            let between = isAfter ? rank - index - 1 : index - rank
            let gap = group.gaps.between(period.range, value.range)
            var cost = gap.count + 25 * between
            if isAfter { cost += 12 + 15 * group.gaps.breaks(gap) }
            if group.gaps.isFiller(gap) { cost -= 20 }
            return cost
        }?.range
    }

    private mutating func addChanges(_ group: Group, firstFigure: Int) {
        let pairs = group.lists(.value, .change)
        for change in group.changes {
            var target = pairs[change.start].map { firstFigure + group.values.count(startingBefore: $0.start) }
            if target == nil {
                let open = group.values.indices.filter { figures[firstFigure + $0].change == nil }
                let cost = { (index: Int) in
                    let value = group.values[index]
                    let metrics = abs(
                        group.metrics.count(startingBefore: value.start) - group.metrics.count(startingBefore: change.start))
                    return group.gaps.between(value.range, change.range).count + 40 * metrics
                }
                target = open.least(cost).flatMap { cost($0) > 60 ? nil : firstFigure + $0 }
            }
            if let target {
                figures[target].change = change.range
            } else if let first = group.metrics.first {
                let before = group.metrics.count(startingBefore: change.start)
                figures.append(
                    LedgerFigure(
                        metric: before > 0 ? group.metrics[before - 1].range : first.range,
                        period: group.periods.last?.range ?? lastPeriod, change: change.range))
            }
        }
    }
}

extension [LedgerRelations.Mention] {
    /// How many of these, which are in order, start before a place.
    fileprivate func count(startingBefore place: Int) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].start < place { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Sequence {
    /// The element with the least cost; the first of equals.
    fileprivate func least(_ cost: (Element) -> Int) -> Element? {
        var best: (element: Element, cost: Int)?
        for element in self {
            let cost = cost(element)
            if best.map({ cost < $0.cost }) ?? true { best = (element, cost) }
        }
        return best?.element
    }
}
