import ArgumentParser

/// Whole numbers of one option, such as `1,2,4`, each given once.
struct NumberList: ExpressibleByArgument {
    let numbers: [Int]

    init(_ numbers: [Int]) { self.numbers = numbers }

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }
        guard numbers.count == parts.count, Set(numbers).count == numbers.count else { return nil }
        self.numbers = numbers
    }

    var defaultValueDescription: String { numbers.map(String.init).joined(separator: ",") }

    /// For `validate` of a command.
    func check(_ option: String, _ range: ClosedRange<Int>) throws {
        for number in numbers { try Bounded.check(option, number, range) }
    }
}
