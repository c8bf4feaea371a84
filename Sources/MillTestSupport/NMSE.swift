/// The normalised mean squared error, sum((x - reference)²) / sum(reference²), in F64.
///
/// Infinite when the counts differ or `x` holds what is no number.
public func nmse(_ x: [Float], _ reference: [Float]) -> Double {
    guard x.count == reference.count else { return .infinity }
    var error = 0.0
    var power = 0.0
    for (x, reference) in zip(x, reference) {
        let difference = Double(x) - Double(reference)
        error += difference * difference
        power += Double(reference) * Double(reference)
    }
    guard error.isFinite else { return .infinity }
    return error == 0 ? 0 : error / power
}
