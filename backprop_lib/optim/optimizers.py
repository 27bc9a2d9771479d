"""The optimizers, each as its formula. w: the parameters, g: their gradients, lr: the learning rate.

Defaults are PyTorch's. weight_decay λ: the penalty λ/2 · ‖w‖² is added to the loss, so λw to g.
"""

import numpy as np

from backprop_lib.optim.optimizer import Optimizer, not_negative, positive


class SGD(Optimizer):
    """Gradient descent: w ← w − lr·g.

    "Stochastic" when g comes from a mini-batch. Source: Robbins and Monro (1951), "A stochastic
    approximation method".
    """

    def __init__(self, parameters, lr, *, weight_decay=0.0):
        super().__init__(parameters, lr)
        self.weight_decay = not_negative("weight_decay", weight_decay)

    def update(self, w, g):
        g = with_penalty(g, w, self.weight_decay)
        w -= self.lr * g


class Momentum(SGD):
    """Gradient descent with momentum: v ← βv + g;  w ← w − lr·v.

    beta: β, in [0, 1). Source: Polyak (1964), the "heavy ball". He has lr within v, which is the same
    while lr is constant; this is PyTorch's form, in which a new lr acts at once.
    """

    state = ("v",)

    def __init__(self, parameters, lr, beta=0.9, *, weight_decay=0.0):
        super().__init__(parameters, lr, weight_decay=weight_decay)
        self.beta = not_negative("beta", beta, below=1)

    def update(self, w, g, v):
        g = with_penalty(g, w, self.weight_decay)
        v *= self.beta
        v += g
        w -= self.lr * v


class Nesterov(Momentum):
    """Momentum that looks ahead: v ← βv + g;  w ← w − lr·(g + βv).

    beta: β, in [0, 1). Source: Nesterov (1983), in the form of Sutskever et al. (2013) as PyTorch
    computes it: w is the point to which the momentum alone would lead, where g is taken.
    """

    def update(self, w, g, v):
        g = with_penalty(g, w, self.weight_decay)
        v *= self.beta
        v += g
        w -= self.lr * (g + self.beta * v)


class Adagrad(Optimizer):
    """A learning rate for each parameter: s ← s + g²;  w ← w − lr·g / (√s + ε).

    eps: ε > 0. Source: Duchi, Hazan and Singer (2011), the diagonal form.
    """

    state = ("s",)

    def __init__(self, parameters, lr=0.01, *, eps=1e-10):
        super().__init__(parameters, lr)
        self.eps = positive("eps", eps)

    def update(self, w, g, s):
        s += g * g
        descend(w, self.lr, g, s, self.eps)


class RMSprop(Optimizer):
    """Adagrad that forgets: v ← αv + (1 − α)g²;  w ← w − lr·g / (√v + ε).

    alpha: α, in [0, 1); eps: ε > 0. Source: Tieleman and Hinton (2012), Neural Networks for Machine
    Learning, lecture 6.5, with α = 0.9 and no ε.
    """

    state = ("v",)

    def __init__(self, parameters, lr=0.01, alpha=0.99, *, eps=1e-8):
        super().__init__(parameters, lr)
        self.alpha = not_negative("alpha", alpha, below=1)
        self.eps = positive("eps", eps)

    def update(self, w, g, v):
        v *= self.alpha
        v += (1 - self.alpha) * (g * g)
        descend(w, self.lr, g, v, self.eps)


class Adam(Optimizer):
    """Momentum and RMSprop, both free of their start at zero:

        m ← β₁m + (1 − β₁)g;   v ← β₂v + (1 − β₂)g²
        w ← w − lr · m̂ / (√v̂ + ε)   where m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)

    betas: (β₁, β₂), each in [0, 1); eps: ε > 0. Source: Kingma and Ba (2015), algorithm 1, computed in
    the efficient order of their section 2: w ← w − αₜ · m / (√v + ε̂).
    weight_decay is the penalty in the gradient; `AdamW` has the other kind. As t is one for all
    parameters, one that had no gradient in some steps is corrected by another t than in PyTorch.
    """

    state = ("m", "v")

    def __init__(self, parameters, lr=0.001, betas=(0.9, 0.999), *, eps=1e-8, weight_decay=0.0):
        super().__init__(parameters, lr)
        self.betas = _pair("betas", betas)
        self.eps = positive("eps", eps)
        self.weight_decay = not_negative("weight_decay", weight_decay)

    def update(self, w, g, m, v):
        self.adapt(w, with_penalty(g, w, self.weight_decay), m, v)

    def adapt(self, w, g, m, v):
        b1, b2 = self.betas
        m *= b1
        m += (1 - b1) * g
        v *= b2
        v += (1 - b2) * (g * g)
        root = (1 - b2**self.t) ** 0.5
        descend(w, self.lr * root / (1 - b1**self.t), m, v, self.eps * root)


class AdamW(Adam):
    """Adam with decoupled weight decay: w ← w − lr·λw, then Adam's step by g alone.

    weight_decay: λ. All weights shrink at the same rate; as a penalty within g, λw would be divided
    by √v̂, so that weights with large gradients hardly shrink. Source: Loshchilov and Hutter (2019).
    """

    def __init__(self, parameters, lr=0.001, betas=(0.9, 0.999), *, eps=1e-8, weight_decay=0.01):
        super().__init__(parameters, lr, betas, eps=eps, weight_decay=weight_decay)

    def update(self, w, g, m, v):
        w *= 1 - self.lr * self.weight_decay
        self.adapt(w, g, m, v)


def with_penalty(g, w, weight_decay):
    """g + λw, the gradient of the loss with the penalty λ/2 · ‖w‖²."""
    return g + weight_decay * w if weight_decay else g


def descend(w, lr, m, v, eps):
    """w ← w − lr·m / (√v + ε), in place, with one array for all that is in between."""
    d = np.sqrt(v)
    d += eps
    np.divide(m, d, out=d)
    d *= lr
    w -= d


def _pair(name, values):
    try:
        first, second = values
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be two numbers, such as (0.9, 0.999), got {values!r}") from error
    return not_negative(f"{name}[0]", first, below=1), not_negative(f"{name}[1]", second, below=1)
