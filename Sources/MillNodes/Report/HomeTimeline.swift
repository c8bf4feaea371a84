import MillValue

/// The devices' reported states over the frames of a run, as one lane per device.
struct HomeTimeline {
    let frames: [FrameRecord]

    private static let laneHeight = 26
    private static let labelWidth = 140
    private static let stepWidth = 24

    var svg: String {
        let devices = frames.reduce(into: [String]()) { devices, frame in
            for key in frame.home.map?.keys ?? [] where !devices.contains(key) { devices.append(key) }
        }
        guard !devices.isEmpty else { return "<p>No device reported a state.</p>" }
        let width = Self.labelWidth + frames.count * Self.stepWidth
        let height = devices.count * Self.laneHeight + 20
        var svg =
            "<div class=\"timeline\"><svg width=\"\(width)\" height=\"\(height)\" role=\"img\" aria-label=\"device states\">"
        for (lane, device) in devices.enumerated() {
            let y = lane * Self.laneHeight
            svg += "<text x=\"0\" y=\"\(y + 17)\">\(device.escapedForMarkup)</text>"
            for run in runs(of: device) {
                let x = Self.labelWidth + run.start * Self.stepWidth
                let colour = run.state == "on" || run.state == "open" || run.state == "unlocked" ? "#e8a90c" : "#8884"
                svg +=
                    "<rect x=\"\(x)\" y=\"\(y + 3)\" width=\"\(run.count * Self.stepWidth - 1)\" height=\"20\" rx=\"3\" fill=\"\(colour)\">"
                svg +=
                    "<title>\("\(device): \(run.state), frames \(run.start + 1) to \(run.start + run.count)".escapedForMarkup)</title></rect>"
                svg += "<text x=\"\(x + 4)\" y=\"\(y + 17)\">\(run.state.escapedForMarkup)</text>"
            }
        }
        let axis = devices.count * Self.laneHeight + 14
        for index in stride(from: 0, to: frames.count, by: 5) {
            svg += "<text x=\"\(Self.labelWidth + index * Self.stepWidth)\" y=\"\(axis)\">\(index + 1)</text>"
        }
        return svg + "</svg></div>"
    }

    /// Stretches of frames over which the device reported the same state.
    private func runs(of device: String) -> [(state: String, start: Int, count: Int)] {
        var runs: [(state: String, start: Int, count: Int)] = []
        for (index, frame) in frames.enumerated() {
            let report = frame.home[device]
            let state = report?.string ?? report?["state"]?.string ?? report.map { $0.json() } ?? "unknown"
            if let last = runs.last, last.state == state {
                runs[runs.count - 1].count += 1
            } else {
                runs.append((state, index, 1))
            }
        }
        return runs
    }
}
