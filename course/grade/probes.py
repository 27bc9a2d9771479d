"""What of the checks goes into the sandbox: the probe with the helpers that it uses, and nothing else.

References, judges, mistakes and hints stay outside: the package in the sandbox has the files of the checks'
framework only. A probe travels as code (by cloudpickle, which takes along the globals that it names).
"""

import atexit
import base64
import compileall
import dis
import io
import re
import shutil
import sys
import tempfile
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType, SimpleNamespace

import cloudpickle

from backprop_lib import checks
from backprop_lib.checks import exercise as find

PACKAGE = Path(checks.__file__).resolve().parent.parent
_HERE = PACKAGE / "checks"
_OF_A_NOTEBOOK = re.compile(rf"{re.escape(checks.__name__)}\.\w*\d\d")  # nb05, layers05, …: they hold answers

_SHOWING = '''"""In the graded run `check` and `hint` say nothing: the marking is done elsewhere."""


class Shown:
    report = None

    def __repr__(self):
        return ""


Points = Shown


def check(name, answer, points=None, variant=""):
    """Does nothing."""
    return Shown()


def hint(name):
    """Does nothing."""
    return Shown()
'''

_VERSIONS = '''"""In the graded run `use` gives the library's version of an earlier exercise."""

LIBRARY = {}  # name of an exercise -> the library's version


def use(name, answer):
    """The library's version, or the answer where it has none: of the exercise that is marked."""
    return LIBRARY.get(name, answer)
'''


@cache
def framework():
    """A folder with the files of `backprop_lib.checks` that hold no answers. It is removed at exit."""
    folder = Path(tempfile.mkdtemp(prefix="checks-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for file in Path(checks.__file__).parent.glob("*.py"):
        if not _OF_A_NOTEBOOK.fullmatch(f"{checks.__name__}.{file.stem}"):
            shutil.copy(file, folder)
    (folder / "showing.py").write_text(_SHOWING, encoding="utf-8")
    (folder / "versions.py").write_text(_VERSIONS, encoding="utf-8")
    compileall.compile_dir(folder, quiet=2)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)  # the script may run as another user
    return folder


def binds():
    """What `sandbox.run` binds for a probe: the package, with the framework in place of all checks."""
    return [(PACKAGE, "/course/backprop_lib"), (framework(), "/course/backprop_lib/checks")]


@cache
def probe(name):
    """The probe of an exercise, as text."""
    return _pickled(find(name).probe)


@cache
def versions(names):
    """The library's versions of these exercises (a tuple of names), where it has them, as text."""
    known = {}
    for number in {name[:2] for name in names}:
        with suppress(ModuleNotFoundError):
            known |= import_module(f"{checks.__name__}.versions{number}").VERSIONS
    return _pickled({name: known[name] for name in names if name in known})


@cache
def _travels(module):
    """Does this module's code go with the probe that uses it? Those of a notebook, and all of a teacher's own
    (which `library.look_in` makes modules of the package): the sandbox has no file of theirs."""
    if _OF_A_NOTEBOOK.fullmatch(module):
        return True
    file = getattr(sys.modules.get(module), "__file__", None)
    return module.startswith(f"{checks.__name__}.") and file is not None and not _is_framework(Path(file))


def _is_framework(file):
    return file.resolve().is_relative_to(_HERE)


def _pickled(thing):
    registered = [module for key, module in list(sys.modules.items()) if _travels(key)]
    home = getattr(thing, "__module__", None) or checks.__name__
    if home.split(".")[0] != PACKAGE.name:  # an exercise of the teacher's own
        registered.append(sys.modules[home])
    for module in registered:
        cloudpickle.register_pickle_by_value(module)
    try:
        file = io.BytesIO()
        _Pickler(file, used_by(thing)).dump(thing)
    finally:
        for module in registered:
            cloudpickle.unregister_pickle_by_value(module)
    return base64.b64encode(file.getvalue()).decode()


class _Pickler(cloudpickle.CloudPickler):
    """Takes of a notebook's module only the names that the probe uses."""

    def __init__(self, file, used):
        super().__init__(file)
        self.used = used

    def reducer_override(self, thing):
        if isinstance(thing, ModuleType) and _travels(thing.__name__):
            names = sorted(name for module, name in self.used if module == thing.__name__)
            return SimpleNamespace(**{name: getattr(thing, name) for name in names}).__reduce__()
        return super().reducer_override(thing)


def used_by(thing):
    """Names of the notebooks' modules that it uses, directly or by what it calls: {(module, name)}."""
    return _reached(thing)[0]


def functions_of(thing):
    """The functions of the notebooks' modules that travel with it."""
    return _reached(thing)[1]


def _reached(thing):
    used, functions, seen, waiting = set(), [], {}, [thing]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen[id(thing)] = thing  # kept, so that no other thing gets its id
        if isinstance(thing, (list, tuple)):
            waiting += thing
        elif isinstance(thing, dict):
            waiting += thing.values()
        elif isinstance(thing, (staticmethod, classmethod)):
            waiting.append(thing.__func__)
        elif isinstance(thing, property):
            waiting += (thing.fget, thing.fset)
        elif not _travels(getattr(thing, "__module__", None) or ""):
            continue
        elif isinstance(thing, type):
            waiting += vars(thing).values()
        elif isinstance(thing, FunctionType):
            functions.append(thing)
            waiting += [cell.cell_contents for cell in thing.__closure__ or ()]
            for code in _codes(thing.__code__):
                named = _named(code, thing)
                used |= named.keys()
                waiting += named.values()
    return used, functions


def _named(code, function):
    """What the code names of its own module, and of the notebooks' modules that it names."""
    globals_, named = function.__globals__, {}
    for name in {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}:
        found = globals_.get(name)
        if name in globals_:
            named[function.__module__, name] = found
        if isinstance(found, ModuleType) and _travels(found.__name__):
            theirs = [attribute for attribute in code.co_names if hasattr(found, attribute)]
            named |= {(found.__name__, attribute): getattr(found, attribute) for attribute in theirs}
    return named


def _codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
