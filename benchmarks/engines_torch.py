"""An MLP step with PyTorch: as its tutorials write it, and in the leanest form we know."""

import torch
from torch.nn import functional as F

from benchmarks.engines import Engine

torch.set_num_threads(1)


def tensors(problem):
    """Own copies of x and t, and of the parameters as leaves."""
    x, t = torch.tensor(problem.x), torch.tensor(problem.t)
    return x, t, [torch.tensor(p, requires_grad=True) for p in problem.parameters]


def loss_function(problem):
    return F.binary_cross_entropy_with_logits if problem.binary else F.cross_entropy


class TorchModule(Engine):
    name = "torch nn + SGD"
    needs = "torch"

    def prepare(self, problem):
        self.x, self.t, values = tensors(problem)
        layers = []
        for W, b in zip(values[::2], values[1::2], strict=True):
            linear = torch.nn.Linear(*W.shape, dtype=W.dtype)
            linear.weight.data, linear.bias.data = W.data.T.contiguous(), b.data
            layers += [linear, torch.nn.ReLU()]
        self.model = torch.nn.Sequential(*layers[:-1])
        self.loss = loss_function(problem)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=problem.lr)

    def step(self):
        self.optimizer.zero_grad()
        loss = self.loss(self.model(self.x), self.t)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def parameters(self):
        return [p.detach().numpy().T for p in self.model.parameters()]


class TorchLean(Engine):
    """No modules, no optimizer, gradients asked for by `autograd.grad`, one call for all updates."""

    name = "torch, leanest form"
    needs = "torch"

    def prepare(self, problem):
        self.x, self.t, self.p = tensors(problem)
        self.loss, self.lr = loss_function(problem), problem.lr

    def step(self):
        W1, b1, W2, b2, W3, b3 = self.p
        h = torch.addmm(b1, self.x, W1).relu_()
        h = torch.addmm(b2, h, W2).relu_()
        loss = self.loss(torch.addmm(b3, h, W3), self.t)
        gradients = torch.autograd.grad(loss, self.p)
        with torch.no_grad():
            torch._foreach_add_(self.p, gradients, alpha=-self.lr)
        return loss.item()

    def parameters(self):
        return [p.detach().numpy() for p in self.p]
