"""An MLP step with JAX, compiled."""

import jax
import jax.numpy as jnp

from benchmarks.engines import Engine

jax.config.update("jax_enable_x64", True)


def loss_of(parameters, x, t):
    *hidden, (W, b) = parameters
    for V, c in hidden:
        x = jax.nn.relu(x @ V + c)
    z = x @ W + b
    if t.ndim == 2:
        return jnp.mean(jax.nn.softplus(z) - t * z)
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), t[:, None], axis=1))


class Jax(Engine):
    name = "JAX, jit"
    needs = "jax"

    def prepare(self, problem):
        values = [jnp.array(p) for p in problem.parameters]
        self.p = list(zip(values[::2], values[1::2], strict=True))
        self.x, self.t, lr = jnp.array(problem.x), jnp.array(problem.t), problem.lr

        def update(parameters, x, t):
            loss, gradients = jax.value_and_grad(loss_of)(parameters, x, t)
            return loss, jax.tree.map(lambda p, g: p - lr * g, parameters, gradients)

        self.update = jax.jit(update, donate_argnums=0)

    def step(self):
        loss, self.p = self.update(self.p, self.x, self.t)
        jax.block_until_ready(self.p)
        return loss.item()

    def parameters(self):
        return [part for pair in self.p for part in pair]
