"""Sizes of the shipped ledger and one leg of its training."""
from labels import KINDS, TAGS
from tokens import FLAGS

MODEL = {"model_type": "ledger", "hash_buckets": 9216, "hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4,
         "intermediate_size": 1024, "rope_theta": 10000.0, "layer_norm_eps": 1e-5, "window": 320, "overlap": 64, "tags": TAGS,
         "kinds": KINDS, "flags": FLAGS}
BATCH_TOKENS = 3072
RATE, WARM, STEPS = 6e-4, 50, 1200  # the rate rises for so many steps to the greatest and falls to zero at the last
