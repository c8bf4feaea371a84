import MillGraph
import MillValue

/// Results of tests in the XML form that JUnit made common and that build servers read.
enum JUnitReport {
    static func text(_ results: [PipelineTestResult], suite: String) -> String {
        let failed = results.count { !$0.hasPassed }
        let time = results.reduce(0) { $0 + $1.duration.inSeconds }
        let head = "<testsuite name=\(quoted(suite)) tests=\"\(results.count)\" failures=\"\(failed)\" time=\"\(time)\">"
        let cases = results.map { result in
            let start = "  <testcase name=\(quoted(result.name)) time=\"\(result.duration.inSeconds)\""
            guard let first = result.failures.first else { return start + "/>" }
            let all = result.failures.joined(separator: "\n")
            return start + ">\n    <failure message=\(quoted(first))>\(escaped(all))</failure>\n  </testcase>"
        }
        return (["<?xml version=\"1.0\" encoding=\"UTF-8\"?>", head] + cases + ["</testsuite>", ""]).joined(separator: "\n")
    }

    private static func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }

    /// In place of the control characters that XML 1.0 cannot hold, U+FFFD.
    private static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isAllowed =
                scalar.value >= 0x20 && scalar.value < 0xFFFE || scalar.value > 0xFFFF || "\t\n\r".unicodeScalars.contains(scalar)
            result.append(isAllowed ? scalar : "\u{FFFD}")
        }
        return String(result).escapedForMarkup
    }
}
