import MillCompute
import MillTensor

/// The weights of a Whisper model.
struct SpeechWeights: Sendable {
    /// `[hidden, 3 * bands]` and `[hidden, 3 * hidden]`: a row is the three steps of time that a result sees, one after the other.
    let convolution1: Linear
    let convolution2: Linear
    /// F32 `[soundLength, hidden]`; sinusoids in all models that were published.
    let encoderPositions: Tensor
    let encoderLayers: [PreNormBlock]
    let encoderNorm: LayerNorm
    /// `[vocabulary, hidden]`.
    let embedding: WeightMatrix
    /// F32 `[contextLength, hidden]`.
    let decoderPositions: Tensor
    let decoderLayers: [DecoderLayer]
    let decoderNorm: LayerNorm
    /// `[vocabulary, hidden]`; the embedding itself when they are tied.
    let head: WeightMatrix

    /// A block whose rows see the rows before them, and then the sound.
    struct DecoderLayer: Sendable {
        let block: PreNormBlock
        let crossNorm: LayerNorm
        let cross: Projections
    }
}

extension SpeechWeights {
    /// Under the hub's names, with or without `model.` before them.
    init(hub reader: WeightReader, _ c: WhisperConfiguration) throws(ModelError) {
        let prefix = reader.contains("model.encoder.conv1.weight") ? "model." : ""
        let (encoder, decoder) = (prefix + "encoder.", prefix + "decoder.")
        let hidden = c.hiddenSize
        convolution1 = try reader.convolution(encoder + "conv1", hidden, c.bandCount)
        convolution2 = try reader.convolution(encoder + "conv2", hidden, hidden)
        encoderPositions = try reader.float32(
            try reader.tensor(encoder + "embed_positions.weight", [c.soundLength, hidden]))
        var encoderLayers: [PreNormBlock] = []
        for index in 0..<c.encoderLayerCount {
            encoderLayers.append(try reader.speechBlock("\(encoder)layers.\(index).", hidden, c.encoderIntermediateSize))
        }
        self.encoderLayers = encoderLayers
        encoderNorm = try reader.layerNorm(encoder + "layer_norm", hidden)

        embedding = try reader.matrix(decoder + "embed_tokens.weight", [c.vocabularySize, hidden])
        head =
            !c.tiesEmbeddings && reader.contains("proj_out.weight")
            ? try reader.matrix("proj_out.weight", [c.vocabularySize, hidden]) : embedding
        decoderPositions = try reader.float32(
            try reader.tensor(decoder + "embed_positions.weight", [c.contextLength, hidden]))
        var decoderLayers: [DecoderLayer] = []
        for index in 0..<c.decoderLayerCount {
            let block = "\(decoder)layers.\(index)."
            decoderLayers.append(
                DecoderLayer(
                    block: try reader.speechBlock(block, hidden, c.decoderIntermediateSize),
                    crossNorm: try reader.layerNorm(block + "encoder_attn_layer_norm", hidden),
                    cross: try reader.attention(block + "encoder_attn.", hidden)))
        }
        self.decoderLayers = decoderLayers
        decoderNorm = try reader.layerNorm(decoder + "layer_norm", hidden)
    }
}

extension WeightReader {
    /// What the blocks of both sides have.
    fileprivate func speechBlock(_ prefix: String, _ hidden: Int, _ intermediate: Int) throws(ModelError) -> PreNormBlock {
        PreNormBlock(
            norm1: try layerNorm(prefix + "self_attn_layer_norm", hidden),
            attention: try attention(prefix + "self_attn.", hidden),
            norm2: try layerNorm(prefix + "final_layer_norm", hidden), up: try linear(prefix + "fc1", intermediate, hidden),
            down: try linear(prefix + "fc2", hidden, intermediate), activation: .erf)
    }

    /// `prefix{q,k,v,out}_proj`; keys have no bias.
    fileprivate func attention(_ prefix: String, _ hidden: Int) throws(ModelError) -> Projections {
        Projections(
            query: try linear(prefix + "q_proj", hidden, hidden), key: try linear(prefix + "k_proj", hidden, hidden),
            value: try linear(prefix + "v_proj", hidden, hidden), output: try linear(prefix + "out_proj", hidden, hidden))
    }

    /// A convolution over three steps of time, `[out, in, 3]` in the file, as a matrix `[out, 3 * in]` in F32.
    fileprivate func convolution(_ name: String, _ out: Int, _ input: Int) throws(ModelError) -> Linear {
        let stored = try float32(try tensor("\(name).weight", [out, input, 3]))
        let values: [Float]
        do { values = try stored.floats() } catch { throw .memory(error) }
        var turned = [Float](repeating: 0, count: values.count)
        for row in 0..<out {
            for channel in 0..<input {
                for step in 0..<3 {
                    turned[(row * 3 + step) * input + channel] = values[(row * input + channel) * 3 + step]
                }
            }
        }
        do {
            return Linear(
                weight: .rows(try Tensor(turned, shape: [out, 3 * input])), bias: try optionalVector("\(name).bias", out))
        } catch { throw ModelError(error) }
    }
}
