"""Sizes of the shipped hearth and the plan of its training."""
from things import NAMES, STATES

MODEL = {
    "model_type": "hearth", "image_size": 160, "stem_channels": [48, 96, 192],
    "vision_hidden_size": 224, "vision_layers": 5, "vision_heads": 7, "vision_intermediate_size": 896,
    "item_hidden_size": 128, "item_names": NAMES, "states": STATES, "memory_objects": 12, "suppression_iou": 0.5,
    "hidden_size": 192, "num_hidden_layers": 6, "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 32,
    "intermediate_size": 512, "cross_attention_layers": [1, 3, 5], "refine_layers": [1, 3],
    "rope_theta": 10000.0, "rms_norm_eps": 1e-5, "layer_norm_eps": 1e-5, "tie_word_embeddings": True,
}
MERGES = 512
BATCH = 32
# (stage, steps, learning rate at its start and end). Stages: encoder (picture side alone), decoder (text side alone),
# joint (everything).
PLAN = [("encoder", 5000, 1.2e-3, 7e-4), ("decoder", 500, 1.5e-3, 1e-3), ("joint", 2400, 7e-4, 0.0)]
