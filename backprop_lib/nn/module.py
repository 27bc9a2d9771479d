"""`Module`: what all layers and models have in common.

    class Net(Module):
        def __init__(self, rng):
            self.hidden = Linear(2, 8, rng=rng, activation="relu")
            self.out = Linear(8, 1, rng=rng)

        def forward(self, x):
            return self.out(self.hidden(x))

There is nothing to register. A Tensor attribute that requires a gradient is a parameter; one that
does not is a buffer (a running mean: saved, never trained); a Module attribute is a submodule.
Lists, tuples and dicts of them are opened. A Tensor that was computed is a result, and none of these.
"""

import numpy as np

from backprop_lib.nn.saving import load_arrays, save_arrays
from backprop_lib.ops import Tensor


class Module:
    """The base of layers and models. A subclass gives `forward`; calling the module runs it.

    training: True at the start; `train()` and `eval()` set it here and in every submodule.
    A name such as `layers.0.W` is the way from this module to a Tensor or module within it. What is
    reached in two ways (shared weights) counts once, under its first name.
    """

    training = True

    def forward(self, *inputs, **options):
        raise NotImplementedError(f"{type(self).__name__} needs a method forward(self, x)")

    def __call__(self, *inputs, **options):
        return self.forward(*inputs, **options)

    # What it holds, in the order in which the attributes were set

    def named_parameters(self):
        """The list of (name, Tensor) that training changes."""
        return [(name, tensor) for name, tensor in self._named_tensors() if tensor.requires_grad]

    def parameters(self):
        """The list of Tensors that training changes: what an optimizer takes."""
        return [tensor for _, tensor in self.named_parameters()]

    def named_modules(self):
        """The list of (name, Module): this one, with the name "", and all within it."""
        return [(name, part) for name, part in self._walk("", set()) if isinstance(part, Module)]

    def modules(self):
        """The list of this module and all within it."""
        return [module for _, module in self.named_modules()]

    @property
    def n_parameters(self):
        """How many numbers training changes."""
        return sum(p.size for p in self.parameters())

    def _named_tensors(self):
        return [(name, part) for name, part in self._walk("", set()) if isinstance(part, Tensor)]

    def _walk(self, name, seen):
        """List (name, part) for this module and every Module and Tensor within it, each once."""
        seen.add(id(self))
        found = [(name, self)]
        for key, part in self._parts():
            if id(part) in seen:
                continue
            path = f"{name}.{key}" if name else key
            if isinstance(part, Module):
                found += part._walk(path, seen)
            else:
                seen.add(id(part))
                found.append((path, part))
        return found

    def _parts(self):
        """List (name, Module or Tensor) for what this module itself holds."""
        found = []
        for name, value in vars(self).items():
            _open(name, value, found)
        return found

    # Training

    def train(self):
        """Switch to training: dropout drops, batch norm uses the batch. Returns this module."""
        return self._set_training(True)

    def eval(self):
        """Switch to use: no dropout, batch norm by its running statistics. Returns this module."""
        return self._set_training(False)

    def _set_training(self, training):
        for module in self.modules():
            module.training = training
        return self

    def zero_grad(self):
        """Forget the gradients of all parameters."""
        for p in self.parameters():
            p.zero_grad()

    # Keeping

    def state_dict(self):
        """Parameters and buffers as a dict from name to array. The arrays are copies."""
        return {name: np.array(tensor._data) for name, tensor in self._named_tensors()}

    def load_state_dict(self, state):
        """Set parameters and buffers from a dict from name to array; each keeps its own dtype.

        Raises ValueError that lists every missing or unexpected name and every wrong shape, and
        TypeError for what is not real numbers. In both cases nothing has changed.
        """
        state = {name: _as_numbers(name, value) for name, value in state.items()}
        tensors = dict(self._named_tensors())
        faults = _misfits({name: tensor.shape for name, tensor in tensors.items()}, state)
        if faults:
            raise ValueError("\n  ".join((f"state does not fit this {type(self).__name__}:", *faults)))
        for name, tensor in tensors.items():
            tensor.data = state[name]  # copies, and keeps its dtype

    def save(self, path):
        """Write `state_dict()` to an .npz file: the whole file or, if anything goes wrong, nothing."""
        save_arrays(path, self.state_dict())

    def load(self, path):
        """Read what `save` wrote, as `load_state_dict` does. Returns this module.

        Raises ValueError if the file is damaged, is no .npz file or does not fit.
        """
        self.load_state_dict(load_arrays(path))
        return self

    # Showing

    def __repr__(self):
        return "\n".join(self._tree("", set()))

    def _tree(self, indent, seen):
        """Yield one line for this module and one, indented, for each within it."""
        seen.add(id(self))
        parts = self._parts()
        settings = self._settings()
        words = [type(self).__name__ + f"({settings})" * bool(settings)]
        words += [f"{key} {part.shape}" for key, part in parts if isinstance(part, Tensor)]
        yield "  ".join(words) + f"  [{self.n_parameters:,} parameters]" * (self.n_parameters > 0)
        indent += "  "
        for key, part in parts:
            if not isinstance(part, Module):
                continue
            if id(part) in seen:
                yield f"{indent}{key}: {type(part).__name__}, the same one as above"
                continue
            first, *rest = part._tree(indent, seen)
            yield f"{indent}{key}: {first}"
            yield from rest

    def _settings(self):
        """Attributes that are plain numbers, words or switches, such as p=0.5."""
        shown = {k: v for k, v in vars(self).items() if not k.startswith("_") and k != "training"}
        plain = {k: v for k, v in shown.items() if isinstance(v, str | int | float)}
        return ", ".join(f"{name}={value!r}" for name, value in plain.items())


_PARTS = (Module, Tensor)
_NESTS = (list, tuple, dict)


def _open(name, value, found):
    """Append (name, part) to `found` for the Modules and leaf Tensors in an attribute."""
    if isinstance(value, _PARTS):
        if not (isinstance(value, Tensor) and value._parents):
            found.append((name, value))
    elif isinstance(value, _NESTS):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            _open(f"{name}.{key}", item, found)


def _as_numbers(name, value):
    array = np.asarray(value._data if isinstance(value, Tensor) else value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"state[{name!r}] needs real numbers, got an array of {array.dtype}")
    return array


def _misfits(shapes, state):
    """A line for each name or shape of `state` that is not what it should be."""
    faults = [f"missing: {name}, of shape {shapes[name]}" for name in shapes if name not in state]
    for name, array in state.items():
        if name not in shapes:
            faults.append(f"unexpected: {name}")
        elif array.shape != shapes[name]:
            faults.append(f"{name} has shape {array.shape}, expected {shapes[name]}")
    return faults
