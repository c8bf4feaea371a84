"""Muon: momentum whose matrices are made orthogonal, for the hidden matrices of the model."""
import torch


def orthogonal(g, steps=5):
    """Singular values pulled towards one by Newton-Schulz."""
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = g.shape[0] > g.shape[1]
    x = (g.mT if tall else g).bfloat16()
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        s = x @ x.mT
        x = a * x + (b * s + c * (s @ s)) @ x
    return x.mT if tall else x


class Muon:
    """The momenta of matrices of one shape lie together."""

    def __init__(self, named, momentum=0.95, decay=0.02):
        self.momentum, self.decay, self.groups = momentum, decay, {}
        for name, p in named:
            self.groups.setdefault(tuple(p.shape), []).append(p)
        self.state = {shape: torch.zeros(len(group), *shape) for shape, group in self.groups.items()}

    @torch.no_grad()
    def step(self, rate, pool):
        list(pool.map(lambda item: self.work(*item, rate), [(shape, at) for shape, group in self.groups.items() for at in range(len(group))]))

    @torch.no_grad()
    def work(self, shape, at, rate):
        p, m = self.groups[shape][at], self.state[shape][at]
        m.lerp_(p.grad, 1 - self.momentum)
        update = orthogonal(p.grad.lerp(m, self.momentum)).float()
        p.mul_(1 - rate * self.decay).sub_(update, alpha=rate * max(1, shape[0] / shape[1]) ** 0.5)
