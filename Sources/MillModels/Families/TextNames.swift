/// What a dialect calls the tensors of a decoder-only text model, without `.weight` and `.bias`.
struct TextNames: Sendable, Hashable {
    var embedding = "model.embed_tokens"
    var head = "lm_head"
    var norm = "model.norm"
    /// Before the layer's number and a point, which all names below follow.
    var layers = "model.layers."

    var attentionNorm = "input_layernorm"
    var query = "self_attn.q_proj"
    var key = "self_attn.k_proj"
    var value = "self_attn.v_proj"
    /// All three in one.
    var queryKeyValue = "self_attn.qkv_proj"
    var output = "self_attn.o_proj"
    var queryNorm = "self_attn.q_norm"
    var keyNorm = "self_attn.k_norm"
    /// Of what attention adds.
    var attentionDeltaNorm = "post_self_attn_layernorm"

    var mlpNorm = "post_attention_layernorm"
    var gate = "mlp.gate_proj"
    var up = "mlp.up_proj"
    /// Both in one, gate first.
    var gateUp = "mlp.gate_up_proj"
    var down = "mlp.down_proj"
    var mlpDeltaNorm = "post_mlp_layernorm"

    var router = "mlp.gate"
    /// Of one expert, whose number stands for `#`.
    var expertGate = "mlp.experts.#.gate_proj"
    var expertUp = "mlp.experts.#.up_proj"
    var expertDown = "mlp.experts.#.down_proj"
    /// Of all experts in one tensor `[experts, out, in]`; nil where there is no such form.
    var stackedGate: String?
    var stackedUp: String?
    var stackedDown: String?
    var sharedGate = "mlp.shared_expert.gate_proj"
    var sharedUp = "mlp.shared_expert.up_proj"
    var sharedDown = "mlp.shared_expert.down_proj"
    /// How much of the shared expert a token takes.
    var sharedRouter = "mlp.shared_expert_gate"

    /// What frequencies are divided by, once worked out; also for sequences up to the original context and longer ones.
    var ropeDivisors: String?
    var shortRopeDivisors: String?
    var longRopeDivisors: String?

    func layer(_ index: Int) -> String { "\(layers)\(index)." }
}

extension TextNames {
    static let hub = TextNames()

    static let mixtral: TextNames = {
        var names = TextNames()
        names.router = "block_sparse_moe.gate"
        names.expertGate = "block_sparse_moe.experts.#.w1"
        names.expertUp = "block_sparse_moe.experts.#.w3"
        names.expertDown = "block_sparse_moe.experts.#.w2"
        return names
    }()

    static let chatglm: TextNames = {
        var names = TextNames()
        names.embedding = "transformer.embedding.word_embeddings"
        names.head = "transformer.output_layer"
        names.norm = "transformer.encoder.final_layernorm"
        names.layers = "transformer.encoder.layers."
        names.queryKeyValue = "self_attention.query_key_value"
        names.output = "self_attention.dense"
        names.gateUp = "mlp.dense_h_to_4h"
        names.down = "mlp.dense_4h_to_h"
        return names
    }()

    /// llama.cpp's names, for all architectures.
    static let gguf: TextNames = {
        var names = TextNames()
        names.embedding = "token_embd"
        names.head = "output"
        names.norm = "output_norm"
        names.layers = "blk."
        names.attentionNorm = "attn_norm"
        names.query = "attn_q"
        names.key = "attn_k"
        names.value = "attn_v"
        names.queryKeyValue = "attn_qkv"
        names.output = "attn_output"
        names.queryNorm = "attn_q_norm"
        names.keyNorm = "attn_k_norm"
        names.attentionDeltaNorm = "post_attention_norm"
        names.mlpNorm = "ffn_norm"
        names.gate = "ffn_gate"
        names.up = "ffn_up"
        names.gateUp = "ffn_up"
        names.down = "ffn_down"
        names.mlpDeltaNorm = "post_ffw_norm"
        names.router = "ffn_gate_inp"
        names.expertGate = "ffn_gate.#"
        names.expertUp = "ffn_up.#"
        names.expertDown = "ffn_down.#"
        names.stackedGate = "ffn_gate_exps"
        names.stackedUp = "ffn_up_exps"
        names.stackedDown = "ffn_down_exps"
        names.sharedGate = "ffn_gate_shexp"
        names.sharedUp = "ffn_up_shexp"
        names.sharedDown = "ffn_down_shexp"
        names.sharedRouter = "ffn_gate_inp_shexp"
        names.ropeDivisors = "rope_freqs"
        names.shortRopeDivisors = "rope_factors_short"
        names.longRopeDivisors = "rope_factors_long"
        return names
    }()
}
