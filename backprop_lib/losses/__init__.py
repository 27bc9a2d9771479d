"""Losses: how wrong a prediction is, as one number that can be differentiated.

Each is `loss(prediction, target, *, reduction="mean")`. The prediction is a Tensor; the target is
an array or a Tensor without gradient, of the prediction's shape (only `cross_entropy` also takes
labels). It is copied, and nothing is differentiated with respect to it. reduction: "mean" and "sum"
give a single number, "none" one loss for each prediction.

For two classes give `binary_cross_entropy` the logit, for several give `cross_entropy` the logits:
both hold the sigmoid or softmax, because the two together are stable and their gradient is p - y.

Every loss raises ValueError if shapes differ, if there is nothing to predict, or if reduction is
none of the three, and TypeError for a target that is not real numbers.
"""

from backprop_lib.lazy import lazy

__getattr__, __dir__ = lazy(
    __name__,
    {
        "classification": ["binary_cross_entropy", "cross_entropy", "hinge"],
        "regression": ["huber", "mae", "mse"],
    },
)
