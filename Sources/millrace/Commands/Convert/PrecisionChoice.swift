import ArgumentParser
import MillModels

/// A type for the matrices, or what fits the machine.
enum PrecisionChoice: ExpressibleByArgument {
    case auto
    case of(ModelConverter.Precision)

    init?(argument: String) {
        if argument == "auto" {
            self = .auto
        } else if let precision = ModelConverter.Precision(rawValue: argument.lowercased()) {
            self = .of(precision)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String {
        switch self {
        case .auto: "auto"
        case .of(let precision): precision.rawValue
        }
    }

    static let allValueStrings = ["auto"] + ModelConverter.Precision.allCases.map(\.rawValue)

    func precision(for converter: ModelConverter) throws -> ModelConverter.Precision {
        switch self {
        case .auto: try converter.automaticPrecision()
        case .of(let precision): precision
        }
    }
}
