"""Names that are loaded when they are first used, so that nobody waits for what is not needed."""

import sys
from importlib import import_module


def lazy(package, homes):
    """The functions `__getattr__` and `__dir__` of a package whose names live in submodules.

    homes: submodule -> the names that it holds. A submodule's own name among them is the submodule:
    no function shares its module's name.
    """
    home = {name: module for module, names in homes.items() for name in names}
    namespace = vars(sys.modules[package])

    def load(name):
        if name not in home:
            known = {*home, *namespace.get("__all__", ())}
            raise AttributeError(f"{package} has no {name!r}; it has {', '.join(sorted(known))}")
        module = import_module(f"{package}.{home[name]}")
        namespace[name] = module if name == home[name] else getattr(module, name)
        return namespace[name]

    return load, lambda: sorted({*namespace, *home})
