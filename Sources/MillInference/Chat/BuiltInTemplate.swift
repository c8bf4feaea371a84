import MillTokenizer

/// The templates of families whose files often have none, written down from what the families document.
struct BuiltInTemplate {
    let name: String
    let source: String

    /// The template that a vocabulary's special tokens speak for; nil where they speak for none.
    static func matching(_ tokenizer: Tokenizer) -> BuiltInTemplate? {
        func has(_ tokens: String...) -> Bool { tokens.allSatisfy { tokenizer.id(of: $0) != nil } }
        if has("<|im_start|>", "<|im_end|>") { return chatML }
        if has("<|start_header_id|>", "<|eot_id|>") { return llama3 }
        if has("<|user|>", "<|assistant|>", "<|end|>") { return phi3 }
        if has("<|user|>", "<|assistant|>") { return glmEdge }
        if has("<start_of_turn>", "<end_of_turn>") { return gemma }
        if has("[INST]", "[/INST]") || has("<s>", "</s>", "<0x0A>") { return llama2 }
        return nil
    }

    static let chatML = BuiltInTemplate(
        name: "chatml",
        source: """
            {%- for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}
            {%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
            """)

    static let glmEdge = BuiltInTemplate(
        name: "glm-edge",
        source: """
            {%- for m in messages %}{{ '<|' + ('observation' if m.role == 'tool' else m.role) + '|>\\n' + m.content }}{% endfor %}
            {%- if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}
            """)

    private static let llama3 = BuiltInTemplate(
        name: "llama3",
        source: """
            {{- bos_token }}
            {%- for m in messages %}
            {{- '<|start_header_id|>' + m.role + '<|end_header_id|>\\n\\n' + m.content | trim + '<|eot_id|>' }}
            {%- endfor %}
            {%- if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}
            """)

    private static let phi3 = BuiltInTemplate(
        name: "phi3",
        source: """
            {%- for m in messages %}{{ '<|' + m.role + '|>\\n' + m.content + '<|end|>\\n' }}{% endfor %}
            {%- if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}
            """)

    private static let gemma = BuiltInTemplate(
        name: "gemma",
        source: """
            {{- bos_token }}
            {%- set ns = namespace(first='') %}
            {%- for m in messages %}
            {%- if m.role == 'system' %}{% set ns.first = m.content + '\\n\\n' %}{% continue %}{% endif %}
            {%- set role = 'model' if m.role == 'assistant' else 'user' %}
            {{- '<start_of_turn>' + role + '\\n' + (ns.first if role == 'user' else '') + m.content | trim + '<end_of_turn>\\n' }}
            {%- if role == 'user' %}{% set ns.first = '' %}{% endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}
            """)

    private static let llama2 = BuiltInTemplate(
        name: "llama2",
        source: """
            {%- set ns = namespace(first='') %}
            {%- for m in messages %}
            {%- if m.role == 'system' %}{% set ns.first = '<<SYS>>\\n' + m.content + '\\n<</SYS>>\\n\\n' %}
            {%- elif m.role == 'assistant' %}{{ ' ' + m.content | trim + ' ' + eos_token }}
            {%- else %}{{ bos_token + '[INST] ' + ns.first + m.content | trim + ' [/INST]' }}{% set ns.first = '' %}{% endif %}
            {%- endfor %}
            """)
}
