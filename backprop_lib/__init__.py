"""The helper package of the backpropagation course. (Lazy: names load when first used.)"""

from backprop_lib.lazy import lazy

__getattr__, __dir__ = lazy(
    __name__,
    {
        "scalar": ["Scalar"],
        "ops": ["Tensor", "ops"],
        "tensor": ["no_grad", "once", "op"],
        "numerical": ["gradcheck"],
        "init": ["init"],
        "nn": ["nn"],
        "losses": ["losses"],
        "optim": ["optim"],
        "training": ["accuracy", "evaluate", "fit", "predict"],
        "replay": ["record"],
        "unrolled": ["unroll"],
        "tracing": ["trace"],
        "checks": ["check", "hint"],
        "contents": ["course_map"],
        "viz": ["viz"],
        "data": ["data"],
    },
)
