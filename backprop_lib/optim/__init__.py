"""Optimizers (how parameters change, given their gradients), learning rate schedules and clipping."""

from backprop_lib.lazy import lazy

__getattr__, __dir__ = lazy(
    __name__,
    {
        "optimizer": ["Optimizer"],
        "optimizers": ["SGD", "Adagrad", "Adam", "AdamW", "Momentum", "Nesterov", "RMSprop"],
        "schedules": ["constant", "cosine", "step_decay"],
        "clipping": ["clip_norm", "clip_value"],
    },
)
