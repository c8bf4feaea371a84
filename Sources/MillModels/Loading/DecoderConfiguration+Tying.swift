import Glibc
import MillTensor
import MillWeights

extension DecoderConfiguration {
    /// The same for a file whose output head is not the embedding table though the configuration says so: it is taken, as
    /// transformers does. A head with the very bytes of the table changes nothing.
    ///
    /// Reads both matrices where both are there, and only up to the first difference.
    ///
    /// - Parameter names: nil for those of the family's folders.
    func tied(as source: any WeightSource, _ names: TextNames? = nil) throws(ModelError) -> DecoderConfiguration {
        let names = names ?? family.hubNames
        let (table, head) = ("\(names.embedding).weight", "\(names.head).weight")
        guard tiesEmbeddings, source.contains(table), source.contains(head) else { return self }
        var result = self
        do { result.tiesEmbeddings = try source.haveSameBytes(table, head) } catch { throw .weights(error) }
        return result
    }
}

extension WeightSource {
    /// Whether two tensors of the file are the same, byte by byte; of tensors that would have to be made for that, it says no.
    fileprivate func haveSameBytes(_ one: String, _ other: String) throws(WeightsError) -> Bool {
        guard !isMade(one), !isMade(other), try layout(one) == layout(other) else { return false }
        let (one, other) = (try tensor(one), try tensor(other))
        guard one.isContiguous, other.isContiguous else { return false }
        return one.withBytes { ones in
            other.withBytes { others in
                guard ones.byteCount == others.byteCount else { return false }
                return ones.withUnsafeBytes { ones in
                    others.withUnsafeBytes { others in
                        guard let first = ones.baseAddress, let second = others.baseAddress else { return true }
                        // Both are as long, as was checked above.
                        return first == second || memcmp(first, second, ones.count) == 0
                    }
                }
            }
        }
    }
}
