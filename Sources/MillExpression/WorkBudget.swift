/// Counts the work of one evaluation, and stops it when it has done too much or is no longer wanted.
///
/// Whatever takes time in proportion to the size of a value is charged here while it happens, not only by the size of what
/// it starts from: a list may hold itself many times over, so that few bytes stand for more items than can ever be visited.
struct WorkBudget {
    /// A step is about what it takes to go through four items of a list or 32 bytes of text.
    private static let unitsPerStep = 32
    private static let unitsPerItem = 8
    private static let unitsBetweenChecks = 1024 * unitsPerStep

    /// What the steps belong to, for the message.
    private let what: String
    private let maximumSteps: Int
    private let isCancelled: @Sendable () -> Bool
    private var remaining: Int
    private var untilCheck = unitsBetweenChecks

    init(steps: Int, of what: String, isCancelled: @escaping @Sendable () -> Bool) {
        self.what = what
        maximumSteps = steps
        self.isCancelled = isCancelled
        remaining = Self.units(steps, Self.unitsPerStep)
    }

    mutating func spend(steps: Int) throws(ExpressionError) { try spend(units: Self.units(steps, Self.unitsPerStep)) }
    mutating func spend(items: Int) throws(ExpressionError) { try spend(units: Self.units(items, Self.unitsPerItem)) }
    mutating func spend(bytes: Int) throws(ExpressionError) { try spend(units: bytes) }

    private mutating func spend(units: Int) throws(ExpressionError) {
        guard units <= remaining else {
            remaining = 0
            throw .limit(what: "steps of \(what)", limit: maximumSteps)
        }
        remaining -= units
        untilCheck -= min(units, untilCheck)
        guard untilCheck == 0 else { return }
        untilCheck = Self.unitsBetweenChecks
        guard !isCancelled() else {
            remaining = 0
            throw .cancelled
        }
    }

    private static func units(_ count: Int, _ each: Int) -> Int {
        let (units, overflow) = max(0, count).multipliedReportingOverflow(by: each)
        return overflow ? .max : units
    }
}
