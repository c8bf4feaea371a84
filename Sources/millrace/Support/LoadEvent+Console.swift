import MillModels

extension LoadEvent {
    /// Shows on the console what a loader prepares.
    static func show(_ event: LoadEvent) {
        switch event {
        case .hashing(let model, let done, let all): Console.progress("reading \(model): \(percent(done, all))")
        case .layingOut(let model, let done, let all):
            Console.progress("laying out \(model) for this machine, once: \(percent(done, all))")
        case .waiting(let model): Console.line("waiting for another program, which lays out weights, to load \(model)")
        case .done: Console.endProgress()
        case .warning(let text): Console.warning(text)
        }
    }

    /// `[########            ]  40 %`
    private static func percent(_ done: Int, _ all: Int) -> String {
        let share = all > 0 ? min(1, Double(done) / Double(all)) : 1
        let filled = Int(share * 20)
        let bar = String(repeating: "#", count: filled) + String(repeating: " ", count: 20 - filled)
        return "[\(bar)] \(Int(share * 100)) %"
    }
}
