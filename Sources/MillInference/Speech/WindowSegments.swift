/// A window's text cut into segments by its times, and how far the window has been heard.
package struct WindowSegments {
    package struct Segment {
        /// Seconds from the window's start.
        package let start: Double
        package let end: Double
        /// Text and times.
        package let tokens: [Int32]
    }

    package let segments: [Segment]
    /// Seconds from the window's start to where the next window begins.
    package let advance: Double

    /// - Parameters:
    ///   - tokens: text and times.
    ///   - duration: seconds of sound in the window.
    package init(_ tokens: [Int32], duration: Double, _ vocabulary: SpeechVocabulary) {
        // A segment ends where a time is followed by the time at which the next one begins.
        var cuts = tokens.indices.dropFirst().filter {
            vocabulary.isTimestamp(tokens[$0 - 1]) && vocabulary.isTimestamp(tokens[$0])
        }
        // One time at the end: nothing is said after it.
        let endsInOneTime =
            tokens.count >= 2 && !vocabulary.isTimestamp(tokens[tokens.count - 2])
            && vocabulary.isTimestamp(tokens[tokens.count - 1])
        guard !cuts.isEmpty else {
            let times = tokens.filter(vocabulary.isTimestamp).map(vocabulary.seconds)
            let end = times.count > 1 ? times.last ?? duration : duration
            segments = tokens.isEmpty ? [] : [Segment(start: times.first ?? 0, end: end, tokens: tokens)]
            advance = duration
            return
        }
        if endsInOneTime { cuts.append(tokens.count) }
        var start = 0
        var segments: [Segment] = []
        for cut in cuts {
            let part = Array(tokens[start..<cut])
            segments.append(
                Segment(
                    start: part.first.map(vocabulary.seconds) ?? 0, end: part.last.map(vocabulary.seconds) ?? 0, tokens: part))
            start = cut
        }
        self.segments = segments
        let last = vocabulary.seconds(tokens[start - 1])
        // Whatever a model writes, the next window begins later.
        advance = endsInOneTime || last <= 0 ? duration : min(last, duration)
    }
}
