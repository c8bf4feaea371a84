import Synchronization

/// What a loader has to say while it prepares a large model.
public enum LoadEvent: Sendable, Hashable {
    /// A model's file is read to tell whether its weights have been laid out before; so many bytes are done.
    case hashing(model: String, done: Int, of: Int)
    /// The weights are laid out for this machine; so many bytes are done.
    case layingOut(model: String, done: Int, of: Int)
    /// Another process is laying out weights.
    case waiting(model: String)
    /// What was going on has ended.
    case done
    /// Something is not as it should be; the model works all the same.
    case warning(String)

    /// Who is told, and asked.
    struct Listener: Sendable {
        var isCancelled: @Sendable () -> Bool = { false }
        var onEvent: @Sendable (LoadEvent) -> Void = { _ in }
    }

    private static let listener = Mutex(Listener())

    /// Who is told by loaders that were given no listener of their own; at first nobody.
    ///
    /// - Parameter isCancelled: asked by all loaders between two steps; where it is true, loading ends with
    ///   ``ModelError/cancelled``.
    public static func observe(
        isCancelled: @escaping @Sendable () -> Bool = { false }, _ body: @escaping @Sendable (LoadEvent) -> Void
    ) {
        listener.withLock { $0 = Listener(isCancelled: isCancelled, onEvent: body) }
    }

    static var standard: Listener { listener.withLock { $0 } }
}
