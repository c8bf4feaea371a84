import Glibc
import MillGraph
import MillNodes
import MillTestSupport
import MillValue
import Synchronization
import Testing

@Suite("language.extract")
struct LanguageExtractTests {
    @Test("an answer follows the schema, and what the document does not have is null and dropped")
    func verified() async throws {
        var template = Array("\(TemporaryFolder.path)/millrace-extract-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        func write(_ name: String, _ text: String) throws {
            let file = try #require(fopen("\(folder)/\(name)", "w"))
            #expect(fputs(text, file) >= 0)
            fclose(file)
        }
        try write("terms.txt", "Lease of the north barn\n\nThe tenant, Marlow Seeds Ltd, pays 1,250 pounds a month.\n")
        try write(
            "schema.json",
            """
            {"type": "object", "required": ["tenant", "rent", "heading"], "additionalProperties": false, "properties": {
              "heading": {"const": "Lease of the north barn"}, "rent": {"const": 1250}, "tenant": {"const": "Nobody at all"}}}
            """)
        try write(
            "pipeline.yaml",
            """
            version: 1
            models: {scribe: {path: "builtin:scribe"}}
            nodes:
              files: {type: source.documents, config: {path: terms.txt}}
              open: {type: document.open, inputs: {bytes: files}}
              pages: {type: document.pages, inputs: {document: open}}
              read: {type: page.read, inputs: {page: pages}}
              layout: {type: document.layout, inputs: {page: read}}
              terms: {type: language.extract, model: scribe, inputs: {document: layout}, config: {schema: schema.json, max_characters: 200}}
            """)
        let answers = Mutex<[Value]>([])
        let report = try await Runtime(
            try Pipeline.load(path: "\(folder)/pipeline.yaml", registry: .millrace(journal: RunJournal())),
            options: RuntimeOptions(observer: { event in
                if case .emitted("terms", _, let packet) = event { answers.withLock { $0.append(packet.payload.value ?? .null) } }
            })
        ).run()
        #expect(report.outcome == .finished, "\(report.outcome)")
        let answer = try #require(answers.withLock { $0 }.first)
        #expect(answer["value"] == ["heading": "Lease of the north barn", "rent": 1250, "tenant": nil as Value? ?? .null])
        #expect(answer["places"]?.list?.compactMap { $0["pointer"]?.string }.sorted() == ["/heading", "/rent"])
        #expect(answer["places"]?.list?.allSatisfy { $0["places"]?[0]?["page"] == 1 } == true)
        #expect(answer["dropped"]?.list?.map { $0["pointer"] } == ["/tenant"])
    }
}
