import MillCompute
import MillDocument
import MillExtraction
import MillModels
import MillTensor
import MillValue

/// A document with the file that tells what is in it.
package struct ReportSample: Sendable {
    package let path: String
    package let truth: ReportTruth

    package init(path: String, truth: ReportTruth) {
        self.path = path
        self.truth = truth
    }
}

/// Reads documents as a pipeline does and compares what comes out with what they say.
package struct ReportExaminer: Sendable {
    /// What became of one document.
    package struct Answer: Sendable {
        package let sample: ReportSample
        package let record: ReportRecord
        package let structure: StructuredDocument
        /// From the file's bytes to the record, with all cores.
        package let seconds: Double
    }

    private let reader: ReportReader
    private let analyzer = LayoutAnalyzer()
    /// How many pages are read at once.
    private let width: Int

    package init(_ ledger: LedgerModel, width: Int = Compute.shared.threadCount) {
        reader = ReportReader(ledger: ledger)
        self.width = max(width, 1)
    }

    /// Reads a document.
    ///
    /// - Throws: what the file cannot be opened or read for; ``EvaluationError`` for one without pages.
    package func answer(_ sample: ReportSample) async throws -> Answer {
        let clock = ContinuousClock()
        let start = clock.now
        var options = DocumentOptions()
        options.passwords = [sample.truth.password].compactMap(\.self)
        let bytes = try StoragePool.default.read(path: sample.path)
        let document = try await DocumentReader(options).open(bytes, name: sample.truth.file)
        let structure: StructuredDocument
        if let own = document.structure { structure = own } else { structure = analyzer.document(try await pages(document)) }
        let record = try reader.read(structure, file: sample.truth.file, sha256: "")
        return Answer(sample: sample, record: record, structure: structure, seconds: (clock.now - start) / .seconds(1))
    }

    private func pages(_ document: OpenDocument) async throws -> [DocumentPage] {
        try await withThrowingTaskGroup(of: [DocumentPage].self) { group in
            var pages: [DocumentPage] = []
            for number in 1...document.pageCount {
                if number > width, let done = try await group.next() { pages += done }
                group.addTask { try await document.pages(number...number) }
            }
            for try await done in group { pages += done }
            return pages.sorted { $0.number < $1.number }
        }
    }
}
