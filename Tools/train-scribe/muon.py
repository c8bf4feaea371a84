"""Muon: momentum whose matrices are made orthogonal, for the hidden matrices of the model."""
import torch


def orthogonal(g, steps=5):
    """Singular values pulled towards one by Newton-Schulz; g [count, rows, columns]."""
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = g.shape[1] > g.shape[2]
    x = (g.mT if tall else g).bfloat16()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        s = x @ x.mT
        x = a * x + (b * s + c * (s @ s)) @ x
    return x.mT if tall else x


class Muon:
    """Matrices of one shape are worked on together."""

    def __init__(self, named, momentum=0.95, decay=0.02):
        self.momentum, self.decay, self.groups = momentum, decay, {}
        for name, p in named:
            self.groups.setdefault(tuple(p.shape), []).append(p)
        self.state = {shape: torch.zeros(len(group), *shape) for shape, group in self.groups.items()}

    @torch.no_grad()
    def step(self, rate):
        for shape, group in self.groups.items():
            g, m = torch.stack([p.grad for p in group]).float(), self.state[shape]
            m.lerp_(g, 1 - self.momentum)
            update = orthogonal(g.lerp(m, self.momentum)).float()
            scale = rate * max(1, shape[0] / shape[1]) ** 0.5
            for p, u in zip(group, update):
                p.mul_(1 - rate * self.decay).sub_(u, alpha=scale)
