import MillAudio
import MillImage
import MillTensor
import MillTokenizer
import MillValue
import MillWeights

/// Feeds bytes to a reader of untrusted input. Errors are what it may answer; traps, memory errors, hangs and unbounded
/// memory are what the fuzzer reports.
typealias FuzzTarget = @Sendable (UnsafeRawBufferPointer) -> Void

let fuzzTargets = [modelTargets, companionTargets, documentTargets].reduce(into: [:]) { $0.merge($1) { first, _ in first } }

/// The targets that read models, sounds, pictures and what steers a pipeline.
private let modelTargets: [String: FuzzTarget] = [
    "jpeg": decodeImage,
    "png": decodeImage,
    "json": { bytes in _ = try? JSON.parse(bytes: Array(bytes)) },
    "gguf": { bytes in
        guard let storage = storage(bytes), let file = try? GGUFFile(storage: storage, path: "fuzz.gguf") else { return }
        readTensors(file)
    },
    "safetensors": { bytes in
        guard let storage = storage(bytes), let file = try? SafetensorsFile(storage: storage, path: "fuzz.safetensors")
        else { return }
        readTensors(file)
    },
    "torch": readTorch,
    "onnx": readONNX,
    "quantized": readQuantized,
    "wav": readSound,
    "cel": evaluateExpression,
    "jinja": renderTemplate,
    "schema": generateFromSchema,
    "pipeline": loadPipeline,
    "ledger": readReport,
    "tokenizer": { bytes in
        if let json = try? JSON.parse(bytes: Array(bytes)), let tokenizer = try? Tokenizer(json: json) { use(tokenizer) }
    },
    "gguf-tokenizer": { bytes in
        if let json = try? JSON.parse(bytes: Array(bytes)), let tokenizer = try? Tokenizer(gguf: json.map ?? [:]) {
            use(tokenizer)
        }
    },
    "sentencepiece": { bytes in
        if let tokenizer = try? Tokenizer(sentencePiece: Array(bytes)) { use(tokenizer) }
    },
]

/// Reads a sound and cuts it into clips. Clips lie inside the sound, one after the other.
@Sendable private func readSound(_ bytes: UnsafeRawBufferPointer) {
    guard let sound = try? SoundFile(wav: Array(bytes), name: "fuzz.wav") else { return }
    var options = SoundClipper.Options()
    options.longest = 2
    options.pause = 0.2
    var clipper = SoundClipper(options)
    var (clips, count): ([SoundClip], Int) = ([], 0)
    while let samples = sound.readWAV(), count < 1 << 21 {
        count += samples.count
        clips += clipper.add(samples)
    }
    clips += clipper.finish()
    var end = 0
    for clip in clips {
        precondition(clip.firstSample >= end && !clip.samples.isEmpty && clip.samples.allSatisfy(\.isFinite))
        end = clip.firstSample + clip.samples.count
    }
    precondition(end <= count)
}

/// Encodes and decodes; text of users must give no special token.
@Sendable private func use(_ tokenizer: Tokenizer) {
    let text = "The lamp <|on|> is  on, 12 Äpfel 灯 🏠\n<s></s>▁"
    let ids = tokenizer.encode(text, addSpecial: true, parseSpecial: true)
    precondition(ids.allSatisfy { $0 >= 0 && $0 < tokenizer.vocabularySize })
    _ = tokenizer.decode(ids, skipSpecial: false)
    _ = tokenizer.encode(guarded: TextGuard(tokenizer).guarded(text))
}

/// Decodes the picture twice, once as strictly as a pipeline does and once tolerating damage, and prepares it for a model.
@Sendable private func decodeImage(_ bytes: UnsafeRawBufferPointer) {
    let limits = ImageLimits(pixelCount: 1 << 18, workingByteCount: 16 << 20)
    let processor = Preprocessor(width: 32, height: 32, aspect: .fit(), layout: .patches(side: 8, order: .channelsFirst))
    for tolerates in [false, true] {
        guard let image = try? ImageDecoder.decode(bytes, limits: limits, alpha: .keep, toleratesDamage: tolerates) else {
            continue
        }
        _ = try? processor(image.pixels)
    }
}

func storage(_ bytes: UnsafeRawBufferPointer) -> Storage? {
    guard let storage = try? Storage.allocate(byteCount: bytes.count) else { return nil }
    if let start = bytes.baseAddress { storage.base.copyMemory(from: start, byteCount: bytes.count) }
    return storage
}

/// Touches the first and last byte of every tensor that the file promises, which must be what its layout says.
func readTensors(_ file: some WeightSource) {
    for name in file.names {
        guard let tensor = try? file.tensor(name) else { continue }
        let layout = try? file.layout(name)
        precondition(layout == TensorLayout(tensor.dtype, tensor.shape))
        tensor.withBytes { bytes in
            guard !bytes.isEmpty else { return }
            let ends = [0, bytes.byteCount - 1].map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
            precondition(ends.count == 2)
        }
    }
}
