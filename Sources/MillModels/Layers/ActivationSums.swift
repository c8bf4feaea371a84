import MillTensor
import Synchronization

/// Adds up the squares of what the matrices of a text model are multiplied with, column by column.
package final class ActivationSums: Sendable {
    /// An input that one or several matrices share.
    package enum Site: Hashable, Sendable {
        /// Of the query, key and value projections.
        case attention(layer: Int)
        case attentionOutput(layer: Int)
        /// Of the gate and up projections.
        case mlp(layer: Int)
        case mlpDown(layer: Int)
        case expert(layer: Int, Int)
        case expertDown(layer: Int, Int)
        case shared(layer: Int)
        case sharedDown(layer: Int)
        case head
    }

    package struct Sum: Sendable {
        /// By column.
        package var squares: [Double]
        package var count: Int
    }

    private let sums = Mutex<[Site: Sum]>([:])
    /// The first site that met something else than numbers.
    private let first = Mutex<Site?>(nil)

    package init() {}

    /// Adds the rows of x, F32 `[n, k]`.
    func add(_ site: Site, _ x: Tensor) throws {
        let (rows, columns) = (x.shape[0], x.shape[1])
        let values = try x.dense().floats()
        sums.withLock { sums in
            var sum = sums[site] ?? Sum(squares: [Double](repeating: 0, count: columns), count: 0)
            sums[site] = nil
            for row in 0..<rows {
                for column in 0..<columns {
                    let value = Double(values[row * columns + column])
                    sum.squares[column] += value * value
                }
            }
            sum.count += rows
            sums[site] = sum
            guard !sum.squares.allSatisfy(\.isFinite) else { return }
            first.withLock { first in if first == nil { first = site } }
        }
    }

    /// Where NaN or infinity was met first; what comes after it in a pass meets them, too. nil where all are numbers.
    package var firstBroken: Site? { first.withLock { $0 } }

    package subscript(site: Site) -> Sum? { sums.withLock { $0[site] } }
}

extension AdapterTarget {
    /// What the matrix is multiplied with.
    func site(layer: Int) -> ActivationSums.Site {
        switch self {
        case .query, .key, .value: .attention(layer: layer)
        case .output: .attentionOutput(layer: layer)
        case .gate, .up: .mlp(layer: layer)
        case .down: .mlpDown(layer: layer)
        }
    }
}
