import MillCompute
import MillTensor
import MillValue

extension ModelVerifier {
    /// A ledger folder: for each text of `cases.json` its tokens, hashes, flags and windows, every step of the first window,
    /// and with exact arithmetic the entities and figures. A case without tokens is for the rules alone.
    func verifyLedger(_ folder: String, _ description: Value) -> [VerificationReport.Run] {
        eachPrecision(folder, description) { compute, tolerance, _ in
            run(compute.activations.rawValue) { run in
                let loaded = try ModelLoader(compute: compute).load(path: folder, tokenizer: false)
                guard case .ledger(let model) = loaded.network else {
                    throw ModelError.notAModel(path: folder, reason: "it is no ledger model")
                }
                let expected = try Reference("\(folder)/expected.safetensors")
                let cases = try ModelFile.json("\(folder)/cases.json").map ?? [:]
                for (name, item) in cases {
                    guard let text = item["text"]?.string else {
                        throw ModelError.notAModel(path: folder, reason: "the case \(name) has no text")
                    }
                    var results: [(String, Bool)]
                    if item["tokens"] != nil {
                        let features = LedgerFeatures(LedgerText(text), model.columns, model.lexicons)
                        results = model.rules(features, item)
                        if compute.activations == .float32 { results += try model.findings(text, item) }
                        run.comparisons += try steps(name, features, model, expected, tolerance: tolerance)
                    } else {
                        results = [("tuples", model.figures(of: text, item) == item["tuples"])]
                    }
                    run.comparisons += results.map { .equality("\(name).\($0.0)", $0.1, tolerance: tolerance) }
                }
            }
        }
    }

    private func steps(
        _ name: String, _ features: LedgerFeatures, _ model: LedgerModel, _ expected: Reference, tolerance: Double
    ) throws -> [VerificationReport.Comparison] {
        guard let window = model.windows(features).first else { return [] }
        var results: [String: [Float]] = [:]
        try model.forward(features, window.tokens) { step, tensor in results[step] = try tensor.floats() }
        let prefix = "\(name).first_window."
        return try expected.names.filter { $0.hasPrefix(prefix) }.map { tensor in
            try expected.compare(tensor, results[String(tensor.dropFirst(prefix.count))], tolerance: tolerance)
        }
    }
}

extension LedgerModel {
    /// What the rules make of a text, against what is expected.
    fileprivate func rules(_ features: LedgerFeatures, _ expected: Value) -> [(String, Bool)] {
        let (text, tokens) = (features.text, features.tokens)
        let flags = features.flags.map { set in
            Value.list(
                configuration.flags.enumerated().filter { set >> LedgerFlagSet($0.offset) & 1 == 1 }.map { .string($0.element) })
        }
        let windows = windows(features).map { window in
            Self.list([window.tokens.lowerBound, window.tokens.upperBound, window.kept.lowerBound, window.kept.upperBound])
        }
        let normalised = String(String.UnicodeScalarView(text.scalars))
        return [
            ("normalised", Value.string(normalised) == expected["normalised"]),
            ("tokens", Value.list(tokens.map { Self.list($0.range) }) == expected["tokens"]),
            (
                "hashes",
                Value.list(tokens.indices.map { Self.list(text.hashes(of: $0, in: tokens).map { Int($0) }) })
                    == expected["hashes"]
            ),
            ("flags", Value.list(flags) == expected["flags"]), ("windows", Value.list(windows) == expected["windows"]),
        ]
    }

    /// Entities and figures of a text, against what is expected.
    fileprivate func findings(_ text: String, _ expected: Value) throws(ModelError) -> [(String, Bool)] {
        let reading = try read(text)
        let entities = reading.entities.map { entity in
            Value.list([.int(entity.range.lowerBound), .int(entity.range.upperBound), .string(entity.label)])
        }
        return [
            ("entities", Value.list(entities) == expected["entities"]),
            ("tuples", Self.value(reading.figures) == expected["tuples"]),
        ]
    }

    /// The figures that the rules make of the entities that a case gives.
    fileprivate func figures(of text: String, _ item: Value) -> Value {
        var entities: [LedgerEntity] = []
        for entity in item["entities"]?.list ?? [] {
            guard let start = entity[0]?.int, let end = entity[1]?.int, start <= end, let label = entity[2]?.string else {
                continue
            }
            entities.append(LedgerEntity(label: label, range: start..<end))
        }
        var kinds: [Int: String] = [:]
        for tuple in item["tuples"]?.list ?? [] {
            if let start = tuple["value"]?[0]?.int { kinds[start] = tuple["kind"]?.string }
        }
        return Self.value(relate(entities, kinds: kinds, in: text))
    }

    private static func list(_ range: Range<Int>) -> Value { list([range.lowerBound, range.upperBound]) }

    private static func list(_ numbers: [Int]) -> Value { .list(numbers.map { .int($0) }) }

    private static func value(_ figures: [LedgerFigure]) -> Value {
        .list(
            figures.map { figure in
                var map: ValueMap = [
                    "metric": figure.metric.map { list($0) } ?? .null, "period": figure.period.map { list($0) } ?? .null,
                ]
                if let value = figure.value {
                    map["value"] = list(value)
                    map["unit"] = .list(figure.unit.map { list($0) })
                    map["kind"] = figure.kind.map { .string($0) }
                }
                if let change = figure.change { map["change"] = list(change) }
                return .map(map)
            })
    }
}
