import Glibc
import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("Reading reports")
struct LedgerTests {
    private static let folder = Oracles.committed + "/models/ledger"

    private func ledger(_ path: String = LedgerTests.folder, _ compute: Compute = .shared) throws -> LedgerModel {
        let network = try ModelLoader(compute: compute).load(path: path).network
        let model: LedgerModel? = if case .ledger(let model) = network { model } else { nil }
        return try #require(model)
    }

    /// What holds of every reading, whatever the text.
    private func check(_ reading: LedgerReading, of text: String, _ name: String) {
        let count = text.unicodeScalars.count
        var end = 0
        for entity in reading.entities {
            #expect(entity.range.lowerBound >= end && !entity.range.isEmpty && entity.range.upperBound <= count, "\(name)")
            end = entity.range.upperBound
        }
        let places = Set(reading.entities.map(\.range))
        for figure in reading.figures {
            let parts = [figure.value, figure.metric, figure.period, figure.change].compactMap { $0 }
            #expect(parts.allSatisfy(places.contains) && (figure.value != nil || figure.change != nil), "\(name)")
            #expect(figure.unit.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= count }, "\(name)")
        }
    }

    @Test(
        "no text makes it stumble, and places always lie inside the text",
        arguments: [
            "", " ", "\n", "\r\n\r\n", "\u{0}\u{1}\u{1b}[31m\u{7f}", "{|}", "||||\n|||\n", "+", "-5", "+-+-5.5.5", "1,234,5678,9",
            "٣٫٥ ２０２５年 १२३", "e\u{301}\u{301}\u{301} 👨‍👩‍👧‍👦 🇩🇪", "\u{FEFF}\u{202E}abc", "\u{10FFFF}\u{E000}", "ßŐİıſǅ ΑΣ", "上半年营收",
            "(((((((((", "FY25FY25FY25", "janjanjan 5", "5 jan 2025 5 jan", "12月12日12月", "no. vs. Rs. ...",
            "\u{2028}\u{2029}\u{85}",
            "百分点%%bps", "HK$HK$5 m tonnes", "9999999999999999999999999999.99",
        ])
    func hostile(text: String) throws { check(try ledger().read(text), of: text, text) }

    @Test("long texts without lines, sentences or words take time in proportion to their length", .timeLimit(.minutes(3)))
    func long() throws {
        let model = try ledger()
        for part in ["jan", "1,", "5 jan", "Revenue 5 FY25 ", "年", "\n", "| ", "|5", "Ab", "一二", ". ", "\u{1}", "(+ "] {
            let text = String(repeating: part, count: 60_000 / part.unicodeScalars.count)
            check(try model.read(text), of: text, part)
        }
    }

    @Test("the rules take a sentence or a row of any length", .timeLimit(.minutes(3)), arguments: ["", "| "])
    func manyEntities(start: String) throws {
        let part = "revenue 5 FY25 3 "
        let text = start + String(repeating: part, count: 20_000)
        var entities: [LedgerEntity] = []
        for index in 0..<20_000 {
            let place = start.count + index * part.count
            entities.append(LedgerEntity(label: "metric", range: place..<place + 7))
            entities.append(LedgerEntity(label: "value", range: place + 8..<place + 9))
            entities.append(LedgerEntity(label: "period", range: place + 10..<place + 14))
            entities.append(LedgerEntity(label: "change", range: place + 15..<place + 16))
        }
        let figures = try ledger().relate(entities, kinds: [:], in: text)
        #expect(figures.count { $0.value != nil } == 20_000)
    }

    @Test("a table gives each value its row's metric, its column's period, and the unit of the caption")
    func table() throws {
        let text = "RMB m | 2024A | 2025E\nRevenue | 1,200 | 1,500\n"
        let entities = [
            ("period", 8..<13), ("period", 16..<21), ("metric", 22..<29), ("value", 32..<37), ("value", 40..<45),
        ].map { LedgerEntity(label: $0.0, range: $0.1) }
        let figures = try ledger().relate(entities, kinds: [32: "actual", 40: "estimate"], in: text)
        #expect(figures.map(\.metric) == [22..<29, 22..<29])
        #expect(figures.map(\.period) == [8..<13, 16..<21])
        #expect(figures.map(\.unit) == [[0..<5], [0..<5]])
        #expect(figures.map(\.kind) == ["actual", "estimate"])
    }

    @Test("the result as JSON has the words of every place")
    func json() throws {
        let text = "Ｎｅｗ 5é元"
        let reading = LedgerReading(
            entities: [LedgerEntity(label: "value", range: 4..<5)],
            figures: try ledger().relate([LedgerEntity(label: "value", range: 4..<5)], kinds: [:], in: text))
        let value = reading.value(of: text)
        #expect(value["entities"] == [["label": "value", "text": "5", "start": 4, "end": 5]])
        #expect(value["figures"]?[0]?["value"]?["text"] == "5")
        #expect(value["figures"]?[0]?["metric"]?.isNull == true)
    }

    /// A folder with a random model of these sizes, wide enough for blocks of weights.
    private func randomModel(hidden: Int, intermediate: Int) throws -> String {
        let folder = try temporaryFolder()
        var config = try #require(try Oracles.json(Self.folder + "/config.json").map)
        config["hidden_size"] = .int(hidden)
        config["intermediate_size"] = .int(intermediate)
        let bytes = Array(Value.map(config).json(pretty: true).utf8)
        let file = try #require(fopen("\(folder)/config.json", "w"))
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
        fclose(file)
        let model = try SafetensorsFile(path: Self.folder)
        var tensors: [(name: String, tensor: Tensor)] = []
        var generator = SeededGenerator(seed: 402)
        for name in model.names.sorted() {
            // Widths of the oracle are 16 and 24.
            let shape = try model.tensor(name).shape.map { $0 == 16 ? hidden : $0 == 24 ? intermediate : $0 }
            let isScale = name.contains("norm") && name.hasSuffix("weight")
            let values = (0..<shape.reduce(1, *)).map { _ in
                Float(generator.unit() - 0.5) * 0.6 + (isScale ? 1 : 0)
            }
            tensors.append((name, try Tensor(values, shape: shape)))
        }
        try SafetensorsWriter.write(tensors, to: "\(folder)/model.safetensors")
        return folder
    }

    private func temporaryFolder() throws -> String {
        var template = Array("/tmp/millrace-ledger-XXXXXX".utf8CString)
        return String(cString: try #require(mkdtemp(&template)))
    }

    private func remove(_ folder: String) throws {
        for name in try Oracles.list(folder) { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    private func logits(_ model: LedgerModel, _ text: String) throws -> [Float] {
        var result: [Float] = []
        try model.forward(text) { name, tensor in if name == "tags" || name == "kinds" { result += try tensor.floats() } }
        return result
    }

    @Test(
        "a converted file gives the same logits as its folder, within what its precision allows",
        arguments: [(ModelConverter.Precision.f16, 1e-5), (.q8, 3e-3), (.q4, 0.08)])
    func converted(precision: ModelConverter.Precision, limit: Double) throws {
        let folder = try randomModel(hidden: 64, intermediate: 96)
        defer { try? remove(folder) }
        let file = "\(folder)/ledger.gguf"
        try ModelConverter(folder: folder).write(to: file, precision: precision)
        let text = "Aldgate Foods plc (AGF LN)\nBuy, TP 640p. 1H25 revenue rose 6.1% to £842m. 维持“增持”，目标价20.0元。"
        let exact = try logits(ledger(folder, Compute(.shared, activations: .float32)), text)
        let model = try ledger(file)
        let isRounded = precision == .f16 && Compute.shared.isa.hasBFloat16
        #expect(nmse(try logits(model, text), exact) < (isRounded ? 5e-4 : limit))
        #expect(model.configuration.labels == (try ledger(folder)).configuration.labels)
        let description = try ModelLoader().load(path: file).description
        #expect(description.family == "ledger" && description.format == "GGUF")
    }

    private static let brokenKeys: [(String, Value)] = [
        ("tags", ["O", "B-a"]), ("overlap", 12), ("window", 1_000_000), ("flags", ["upper", "sideways"]), ("lexicons", [:]),
        ("num_attention_heads", 3), ("kinds", []),
    ]

    @Test("broken configurations are refused by the key that is wrong", arguments: LedgerTests.brokenKeys)
    func brokenConfiguration(key: String, value: Value) throws {
        let folder = try randomModel(hidden: 16, intermediate: 24)
        defer { try? remove(folder) }
        var config = try #require(try Oracles.json("\(folder)/config.json").map)
        config[key] = value
        let bytes = Array(Value.map(config).json().utf8)
        let file = try #require(fopen("\(folder)/config.json", "w"))
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
        fclose(file)
        let error = #expect(throws: ModelError.self) { try ModelLoader().load(path: folder) }
        #expect("\(try #require(error))".contains(key))
    }
}
