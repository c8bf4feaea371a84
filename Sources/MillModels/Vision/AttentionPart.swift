/// Rows of an encoder that see the same rows.
struct AttentionPart: Sendable {
    let queries: Range<Int>
    let keys: Range<Int>
}
