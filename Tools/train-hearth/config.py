"""Sizes of the shipped hearth and the plan of a leg of its training."""
from catalogue import STATES, trained
from persons import ACTIVITIES

MODEL = {
    "model_type": "hearth", "image_size": 192, "stem_channels": [48, 96, 192],
    "vision_hidden_size": 224, "vision_layers": 6, "vision_heads": 7, "vision_intermediate_size": 896,
    "item_hidden_size": 128, "item_names": [item.name for item in trained()], "states": STATES, "activities": ACTIVITIES, "memory_objects": 16, "suppression_iou": 0.5,
    "keep_score": 0.3, "add_score": 0.25, "score_scale": 1.0, "score_shift": 0.0,
    "hidden_size": 192, "num_hidden_layers": 6, "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 32,
    "intermediate_size": 512, "cross_attention_layers": [1, 3, 5], "refine_layers": [1, 3],
    "rope_theta": 10000.0, "rms_norm_eps": 1e-5, "layer_norm_eps": 1e-5, "tie_word_embeddings": True,
}
MERGES = 512
BATCH = 32
# Share of pictures that show any of the names on a shelf instead of a scene of common things.
SHELVES = 0.45
# One leg: (stage, steps, learning rate at its start and end). Stages: encoder (picture side alone), decoder (text side
# alone), joint (everything). The rate ends at zero, so that every leg ends in a model that can be used.
LEG = [("encoder", 5000, 1e-3, 4e-4), ("joint", 1600, 5e-4, 0.0)]
