"""An MLP step with backprop_lib, as a user writes it."""

from backprop_lib import Tensor, losses, nn, optim
from backprop_lib.replay import record
from benchmarks.engines import Engine


class Eager(Engine):
    name = "ours, eager"

    def prepare(self, problem):
        self.model = nn.MLP(list(problem.sizes), rng=0, dtype=problem.dtype)
        for p, value in zip(self.model.parameters(), problem.parameters, strict=True):
            p.data = value
        self.loss = losses.binary_cross_entropy if problem.binary else losses.cross_entropy
        self.optimizer = optim.SGD(self.model.parameters(), lr=problem.lr)
        self.x, self.t = Tensor(problem.x, requires_grad=False), problem.t

    def step(self):
        self.optimizer.zero_grad()
        loss = self.loss(self.model(self.x), self.t)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def parameters(self):
        return [p.data for p in self.model.parameters()]


class Replayed(Eager):
    """`record`, then the step without the engine. The batch lies in `step.inputs`, as LIMIT's does in x."""

    name = "ours, replayed"

    def prepare(self, problem):
        super().prepare(problem)
        self.step = record(lambda x, t: self.loss(self.model(x), t), self.optimizer, problem.x, problem.t)
