import Glibc
import MillModels
import MillTestSupport
import Testing

private let model = Oracles.committed + "/../../samples/models/hearth.gguf"

@Suite("What a new kind of thing may be called", .enabled(if: access(model, R_OK) == 0))
struct HearthNameTests {
    @Test(
        "words that instructions and answers have for something else are refused",
        arguments: [
            "scene", "the", "Describe", "the scene", "none", "on", "left", "light", "objects", "not visible", "true", "reading",
            "where", "Home", "NULL",
        ])
    func reserved(_ name: String) throws {
        let vocabulary = try HearthVocabulary(path: model)
        let error = #expect(throws: ModelError.self) { try vocabulary.label(name) }
        #expect("\(try #require(error))".contains("for something else"))
    }

    @Test(
        "what cannot be a label is refused",
        arguments: ["", " ", " a", "a ", "a  b", "5", "-", "'", "a_b", "a.b", "<|end|>", "ﬁ", "½", "ａ", "a\u{200b}b"])
    func malformed(_ name: String) throws {
        let vocabulary = try HearthVocabulary(path: model)
        let error = #expect(throws: ModelError.self) { try vocabulary.label(name) }
        #expect("\(try #require(error))".contains("cannot be an item's name"))
    }

    @Test("a name that the model has is taken, in small letters or capitals", arguments: ["lamp", "Lamp", "LAMP"])
    func taken(_ name: String) throws {
        let vocabulary = try HearthVocabulary(path: model)
        let error = #expect(throws: ModelError.self) { try vocabulary.label(name) }
        #expect("\(try #require(error))".contains("there is an item 'lamp' already"))
    }

    @Test("other names are fine, also with reserved words in them, and are stored in one form")
    func allowed() throws {
        let vocabulary = try HearthVocabulary(path: model)
        for name in ["garden dwarf", "light box", "home lamp", "o'clock", "a-b", "机器人", "كرسي"] {
            #expect(try vocabulary.label(name) == name)
        }
        let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
        #expect(Array(try vocabulary.label(decomposed).utf8) == Array(composed.utf8))
    }

    @Test("names are added to files, and a folder is told how to become one")
    func folder() throws {
        let error = #expect(throws: ModelError.self) { try HearthVocabulary(path: try Oracles.committed("models/hearth")) }
        #expect("\(try #require(error))".contains("millrace models convert"))
    }
}
