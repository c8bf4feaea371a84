"""Losses of the picture side."""
import torch
from torch.nn import functional as F


def box_loss(predicted, wanted):
    """L1 plus 1 - IoU, per cell."""
    low = lambda b: b[..., :2] - b[..., 2:] / 2
    high = lambda b: b[..., :2] + b[..., 2:] / 2
    side = (torch.minimum(high(predicted), high(wanted)) - torch.maximum(low(predicted), low(wanted))).clamp_min(0)
    shared = side.prod(-1)
    union = predicted[..., 2:].prod(-1) + wanted[..., 2:].prod(-1) - shared
    return 4 * (predicted - wanted).abs().sum(-1) + 1 - shared / union.clamp_min(1e-6)


def picture_loss(model, seen, t):
    """Sum over the cell head's outputs, and parts for the log."""
    weight, things = t["weight"], (t["objectness"].sum()).clamp_min(1)
    mean = lambda value, w: (value * w).sum() / w.sum().clamp_min(1)
    inner = t["kind"] >= 0
    objectness = F.binary_cross_entropy_with_logits(seen["objectness"], t["objectness"], reduction="none")
    objectness = (objectness * t["objectness_weight"]).sum() / things
    kind = mean(F.cross_entropy(seen["classes"][inner], t["kind"][inner], reduction="none", label_smoothing=0.03), weight[inner])
    state = mean(F.cross_entropy(seen["state"][inner], t["state"][inner], reduction="none"), weight[inner])
    activity = mean(F.cross_entropy(model.helper.activity(seen["token"][inner]), t["activity"][inner], reduction="none"), weight[inner])
    box = mean(box_loss(seen["box"][inner], t["box"][inner]), weight[inner])
    scene = model.helper.scene(seen["token"].mean(1))
    scene = F.cross_entropy(scene[:, :3], t["scene"][:, 0]) + F.cross_entropy(scene[:, 3:], t["scene"][:, 1])
    total = kind + 0.5 * objectness + 0.7 * box + 0.7 * state + 0.5 * activity + 0.2 * scene
    center = t["objectness"] > 0
    top1 = (seen["classes"][center].argmax(-1) == t["kind"][center]).float().mean()
    parts = {"kind": kind, "objectness": objectness, "box": box, "state": state, "activity": activity, "scene": scene, "top1": top1}
    return total, {name: float(value.detach()) for name, value in parts.items()}
