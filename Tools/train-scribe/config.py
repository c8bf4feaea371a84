"""Sizes of the shipped scribe and the plan of its training."""
MODEL = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 8192, "hidden_size": 384, "intermediate_size": 768,
         "num_hidden_layers": 6, "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 64, "hidden_act": "silu",
         "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "rope_theta": 50000.0, "tie_word_embeddings": True,
         "attention_bias": False, "mlp_bias": False, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 8, "torch_dtype": "float16"}
# what the INT4 mix stores as Q4_0
ROUNDED = ("q_proj.weight", "k_proj.weight", "o_proj.weight", "gate_proj.weight", "up_proj.weight")
# tokens of a step, of a micro-step and of a row (short with few layers, long in the last steps); the step at which layers are added; rates of Muon and AdamW; the last steps see weights rounded to 4 bits
PLAN = {"steps": 1480, "warmup": 50, "decay": 800, "batch": 8192, "micro": 1024, "short": 256, "length": 512, "long": 2048, "long_steps": 40,
        "first_layers": 3, "grow_at": 440, "rounded_steps": 160, "muon_rate": 0.02, "adam_rate": 0.003,
        "shares": {"english": 0.38, "code": 0.25, "chinese": 0.21, "middle": 0.02, "instruction": 0.04, "tools": 0.05, "extraction": 0.05}}
# what is other in a leg that begins at a master
LEG = {"steps": 800, "decay": 700, "muon_rate": 0.01, "adam_rate": 0.0015,
       "shares": {"english": 0.21, "code": 0.16, "chinese": 0.14, "middle": 0.02, "instruction": 0.06, "tools": 0.29, "extraction": 0.12}}
# steps of about 8,192 tokens
ADAPTER_STEPS = {"chat": 100, "code": 100, "tools": 300}
