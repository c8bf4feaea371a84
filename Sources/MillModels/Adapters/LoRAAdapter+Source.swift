extension LoRAAdapter {
    /// Where an adapter lies, and how strongly it counts.
    public struct Source: Sendable, Hashable {
        /// A PEFT folder or a GGUF file.
        public let path: String
        /// Multiplies what the adapter adds.
        public let scale: Float

        public init(path: String, scale: Float = 1) {
            self.path = path
            self.scale = scale
        }

        /// `PATH` or `PATH@SCALE`; what follows the last `@` is part of the path unless it is a number, and where a file or folder
        /// has the whole text as its name, it is that one.
        public init(_ text: String) {
            if !ModelFile.exists(text), let mark = text.lastIndex(of: "@"), mark > text.startIndex,
                let scale = Float(text[text.index(after: mark)...]),
                scale.isFinite
            {
                self.init(path: String(text[..<mark]), scale: scale)
            } else {
                self.init(path: text)
            }
        }
    }
}
