"""Training: `fit` runs the loop, `evaluate` and `predict` use the model, `History` tells how it went."""

from backprop_lib.lazy import lazy

__getattr__, __dir__ = lazy(
    __name__,
    {
        "loop": ["fit"],
        "evaluating": ["evaluate", "predict"],
        "metrics": ["accuracy"],
        "history": ["History"],
        "diagnosis": ["Diverged"],
    },
)
