"""The helper package of the backpropagation course. (Lazy: names load when first used.)"""

from importlib import import_module

_HOME = {
    "Scalar": "scalar",
    "Tensor": "ops",
    "no_grad": "tensor",
    "op": "tensor",
    "gradcheck": "numerical",
    "trace": "tracing",
    "fit": "training",
    "check": "checks",
    "hint": "checks",
}
_MODULES = ("ops", "init", "nn", "losses", "optim", "viz", "data")


def __getattr__(name):
    if name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    elif name in _MODULES:
        value = import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"backprop_lib has no {name!r}; it has {', '.join(sorted((*_HOME, *_MODULES)))}")
    globals()[name] = value
    return value


def __dir__():
    return sorted((*_HOME, *_MODULES))
