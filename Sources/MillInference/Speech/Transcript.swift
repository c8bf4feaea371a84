import MillValue

/// A sound written down, in the forms in which others read it.
public struct Transcript: Sendable {
    public var file: String
    /// nil where nobody spoke.
    public var language: String?
    public var segments: [TranscriptSegment]

    public init(file: String, language: String?, segments: [TranscriptSegment]) {
        self.file = file
        self.language = language
        self.segments = segments
    }

    public var text: String { segments.map(\.text).joined(separator: " ") }

    /// `{file, language, text, segments: [{start, end, text, average_log_probability, no_speech_probability, temperature}]}`.
    public var value: Value {
        [
            "file": .string(file), "language": language.map(Value.string) ?? .null, "text": .string(text),
            "segments": .list(segments.map(\.value)),
        ]
    }

    /// SubRip subtitles.
    public var srt: String {
        segments.enumerated().map { index, segment in
            let (start, end) = (Self.time(segment.start, ","), Self.time(segment.end, ","))
            return "\(index + 1)\n\(start) --> \(end)\n\(Self.line(segment.text))\n\n"
        }.joined()
    }

    /// WebVTT subtitles.
    public var vtt: String {
        "WEBVTT\n\n"
            + segments.map { segment in
                "\(Self.time(segment.start, ".")) --> \(Self.time(segment.end, "."))\n\(Self.line(segment.text))\n\n"
            }.joined()
    }

    /// `[00:01.000 --> 00:02.500] words`, a line for each segment.
    public var lines: String {
        segments.map { "[\(Self.time($0.start, ".")) --> \(Self.time($0.end, "."))] \($0.text)\n" }.joined()
    }

    /// An arrow would end a subtitle's text.
    private static func line(_ text: String) -> String {
        text.split(separator: "-->", omittingEmptySubsequences: false).joined(separator: "->")
            .split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// Hours, minutes, seconds and thousandths.
    static func time(_ seconds: Double, _ point: String) -> String {
        let thousandths = Int((max(seconds, 0) * 1000).rounded())
        func digits(_ number: Int, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let (hours, minutes) = (thousandths / 3_600_000, thousandths / 60_000 % 60)
        return
            "\(digits(hours, 2)):\(digits(minutes, 2)):\(digits(thousandths / 1000 % 60, 2))\(point)\(digits(thousandths % 1000, 3))"
    }
}

extension TranscriptSegment {
    public var value: Value {
        func rounded(_ number: Double) -> Value { .double((number * 1000).rounded() / 1000) }
        return [
            "start": rounded(start), "end": rounded(end), "text": .string(text),
            "average_log_probability": rounded(averageLogProbability),
            "no_speech_probability": rounded(noSpeechProbability), "temperature": rounded(Double(temperature)),
        ]
    }
}
