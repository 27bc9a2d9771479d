"""Tricks that want points, in the real sandbox: only a right answer earns any, and no failure is a 0."""

import subprocess
import sys

import pytest

from course.grade import marking, sandbox
from course.grade.marking import FAILED, MARKED, mark_exercise
from tests.classes import ROOT
from tests.marking import HOSTILE, IMPORT, NAME, WRONG, tried


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("import os; os._exit(0)", "child gone"),
        ("import os; os.kill(os.getpid(), 9)", "killed"),
        ("import os; os.close(200); return 1", "child gone"),
        ("return np.ones(30 * 2**27)", "out of memory"),
        ("import os\n    while True: os.write(200, b'x' * 2**16)", "too much output"),
        ("import os; os.write(200, b'[' * 10**5 + b'\\n{'); os._exit(0)", "child gone"),
    ],
)
def test_no_result_is_failed_and_never_0(line, reason):
    found = tried(HOSTILE.format(line))
    assert (found.status, found.score, found.reason) == (FAILED, None, reason)
    assert found.sentence


def test_an_endless_loop_in_an_answer_is_wrong_by_its_own_time_limit(monkeypatch):
    monkeypatch.setitem(marking.find(NAME).__dict__, "seconds", 0.5)
    found = tried(HOSTILE.format("while True: pass"))
    assert (found.status, found.score, found.report.diagnosis) == (MARKED, 0.0, "timeout")


# Places where the reference could be found. In a notebook each of these finds it (the test below tries that).
ASK = (
    "def ask(reference, x, W, g):\n"
    "  return [reference({'x': x, 'W': W, 'g': g, 'part': part}) for part in ('dx', 'dW', 'db')]\n"
)
LOOKS = {
    "the library's exercise": "from backprop_lib.checks.library import exercise\n"
    f"found = exercise('{NAME}').reference\nlinear_backward = lambda *given: ask(found, *given)",
    "the library's file": "from backprop_lib.checks import nb05\n"
    "linear_backward = lambda *given: ask(nb05._linear_reference, *given)",
    "frames": "import sys\ndef linear_backward(*given):\n  frame = sys._getframe()\n  while frame:\n"
    "    for thing in [*frame.f_locals.values(), *frame.f_globals.values()]:\n"
    "      if callable(getattr(thing, 'reference', None)):\n"
    "        return ask(thing.reference, *given)\n    frame = frame.f_back",
    "collected objects": "import gc, types\ndef linear_backward(*given):\n"
    "  found = [o for o in gc.get_objects() if type(o) is types.FunctionType\n"
    "           and o.__name__ == '_linear_reference']\n"
    "  return ask(found[0], *given)",
}


@pytest.mark.parametrize("where", LOOKS)
def test_in_a_notebook_the_reference_would_be_found(where):
    ask = "from backprop_lib.checks import evaluate\n"
    tell = f"\nprint(evaluate({NAME!r}, linear_backward).state)"
    run = [sys.executable, "-c", ask + ASK + LOOKS[where] + tell]  # other tests leave objects of their own
    ended = subprocess.run(run, cwd=ROOT, capture_output=True, text=True)
    assert ended.stdout.strip() == "right", ended.stderr


WANT_POINTS = {
    "equals everything": "class E:\n  __eq__ = __lt__ = __gt__ = lambda *_: True\n  shape = (3, 3)\n"
    "  def __array__(self, *a, **k): return np.zeros((1, 1))\n"
    "  def __array_ufunc__(self, *a, **k): return True\n"
    "linear_backward = lambda x, W, g: (E(), E(), E())",
    "subclass of float": "class F(float):\n  __eq__ = lambda *_: True\n"
    "  __sub__ = __rsub__ = lambda *_: 0.0\n"
    "linear_backward = lambda x, W, g: (F(1), F(1), F(1))",
    "array subclass": "class A(np.ndarray):\n  __eq__ = lambda *_: True\n  ravel = tolist = lambda self: []\n"
    "linear_backward = lambda x, W, g: tuple(np.zeros(s).view(A) for s in (x.shape, W.shape, g.shape[1:]))",
    "patched numpy": "np.allclose = np.array_equal = lambda *a, **k: True\n"
    "np.abs = np.max = np.isclose = lambda *a, **k: 0.0\n" + WRONG,
    "patched encoding": "from backprop_lib.checks import encoding, running\n"
    "running.encode = encoding.encode = lambda value: {'$other': 'right', 'repr': 'right'}\n" + WRONG,
    "patched run": "from backprop_lib.checks import running, judging\n"
    "running._outcome = lambda *a: {'value': True, 'mutated': False, 'blank': False}\n"
    "judging.mark = lambda *a: None\n" + WRONG,
    "patched judge": "from backprop_lib.checks import comparing, exercise\n"
    "comparing.compare = lambda *a, **k: None\nexercise.Exercise.judge = lambda *a: None\n" + WRONG,
    "sys.modules": "import sys, types\nfor key in [k for k in sys.modules if k.startswith('backprop_lib')]:\n"
    "  sys.modules[key] = types.ModuleType(key)\n" + WRONG,
    "import hook": "import sys\nclass Hook:\n  def find_spec(self, name, *_):\n    raise SystemExit\n"
    "sys.meta_path.insert(0, Hook())\n" + WRONG,
    "NaN": "linear_backward = lambda x, W, g: (x * np.nan, W * np.nan, g[0] * np.nan)",
    "infinite": "linear_backward = lambda x, W, g: (x * np.inf, W * np.inf, g[0] * np.inf)",
    "recursive": "r = []\nr.append(r)\nlinear_backward = lambda x, W, g: (r, r, r)",
    "huge": "linear_backward = lambda x, W, g: (np.zeros(10**7), [0] * 10**6, 'x' * 10**7)",
    "wrong type": "linear_backward = lambda x, W, g: {'dx': print, 'dW': object(), 'db': ...}",
    "forged outcomes": "import json, os\ndef linear_backward(x, W, g):\n"
    "  one = {'value': True, 'mutated': False, 'blank': False}\n"
    "  run = {'outcomes': [one] * 27, 'untouched': False, 'printed': ''}\n"
    "  os.write(200, b'\\n' + json.dumps({'run': run, 'errors': []}).encode() + b'\\n')\n  os._exit(0)",
    "forged verdict": "import json, os\n"
    "os.write(200, b'\\n' + json.dumps({'score': 1, 'run': {'score': 1, 'outcomes': [], 'untouched': False,"
    " 'printed': '', 'state': 'right'}, 'errors': []}).encode() + b'\\n')\n" + WRONG,
    **{where: ASK + code for where, code in LOOKS.items()},
    "hard-coded": "linear_backward = lambda x, W, g: (np.full((4, 3), 2.0), np.ones((3, 2)), np.ones(2))",
    "changed clock": "import time\ntime.monotonic = time.time = lambda: 0\n" + WRONG,
    "changed exit": "import os\nos._exit = lambda code: None\n" + WRONG,
}


@pytest.mark.parametrize("trick", WANT_POINTS)
def test_a_trick_earns_nothing(trick):
    found = tried(IMPORT + WANT_POINTS[trick])
    assert not found.score, found.report
    assert found.status == FAILED or found.report.state != "right"
    assert found.status == MARKED or (found.score is None and found.reason in marking.REASONS)


def test_reading_the_machine_from_an_answer_earns_nothing():
    hidden = [sandbox.ROOT / "course", sandbox.ROOT / "tests", sandbox.ROOT / "README.md"]
    places = [*map(str, hidden), "/etc/passwd"]
    source = f"import os\nprint([os.path.exists(place) for place in {places}])\n" + WRONG
    found = tried(source)
    assert (found.score, found.printed.strip()) == (0.0, "[False, False, False, False]")


def test_where_an_answer_is_plain_data_its_probe_runs_without_the_students_code():
    """A patient of notebook 11 that was not mended stays sick, whatever was done to the clinic."""
    patch = (
        "from backprop_lib.lab import clinic11\n"
        "record = clinic11.record\n"
        "clinic11.record = lambda program, seed: record(clinic11.twin('A'), seed)\n"
    )
    mends = (
        "mends = {name: (1, clinic11.program(name).splitlines()[0] + '  # x') for name in clinic11.PATIENTS}"
    )
    cells = [{"index": 0, "source": patch + mends, "answers": "11.mend"}]
    found = mark_exercise(cells, "11.mend", "mends", "a secret")
    assert (found.status, found.score) == (MARKED, 0.0), found.report


def test_what_follows_from_nothing_earns_nothing():
    """An upstream of one's own that comes to 0 in the next line, for which 0 would then be right."""
    answer = """
def net_backward(v):
    d = {}
    for i in "12":
        a = np.asarray(getattr(v, "a" + i))
        d["a" + i] = np.ones(a.shape) * np.arange(1.0, a.shape[1] + 1)
        d["z" + i] = 1e-13 * np.arange(1.0, a.size + 1).reshape(a.shape) / a.size
    return d
"""
    found = mark_exercise({"answer": IMPORT + answer}, "11.batchnorm_net", "net_backward", "a secret")
    assert found.status == MARKED and not found.report.parts["z1"] and not found.report.parts["z2"]


def test_a_mend_that_runs_another_programme_mends_nothing():
    answer = """
from backprop_lib.lab import clinic11
mends = {}
for name in clinic11.PATIENTS:
    first = clinic11.program(name).splitlines()[0]
    module = "m = __import__('backprop_lib.lab.clinic11', fromlist=['x'])"
    healthy = f"exec(m.program(m.twin({name!r})))"
    mends[name] = (1, f"{module}; {healthy}; watch = lambda *a: None; {first}")
"""
    found = mark_exercise({"answer": answer}, "11.mend", "mends", "a secret")
    assert (found.status, found.score, found.report.diagnosis) == (MARKED, 0.0, "no-repair")
