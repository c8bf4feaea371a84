import MillModels

/// A tiny model with random weights: what it finds is arbitrary, so that every rule is met.
private let ledger: LedgerModel? = {
    guard case .ledger(let model)? = try? ModelLoader().load(path: "Tests/Oracles/models/ledger").network else { return nil }
    return model
}()

/// Reads the bytes as a report. Places must lie inside the text, in order, and figures must be made of them.
@Sendable func readReport(_ bytes: UnsafeRawBufferPointer) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let ledger else { preconditionFailure("no model in Tests/Oracles/models/ledger; start in the project's folder") }
    guard let reading = try? ledger.read(text) else { return }
    let count = text.unicodeScalars.count
    var end = 0
    for entity in reading.entities {
        precondition(entity.range.lowerBound >= end && !entity.range.isEmpty && entity.range.upperBound <= count)
        end = entity.range.upperBound
    }
    let places = Set(reading.entities.map(\.range))
    for figure in reading.figures {
        precondition([figure.value, figure.metric, figure.period, figure.change].compactMap { $0 }.allSatisfy(places.contains))
        precondition(figure.unit.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= count })
    }
    _ = reading.value(of: text)
}
