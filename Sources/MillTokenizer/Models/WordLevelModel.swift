/// Whole words only; all others are unknown.
struct WordLevelModel: TokenModel {
    let table: TokenTable
    let unknownID: Int32

    func encode(_ word: UnsafeBufferPointer<UInt8>, into ids: inout [Int32], workspace: inout ModelWorkspace) {
        ids.append(table.id(of: word) ?? unknownID)
    }
}
