"""The part of the hostile class that attacks by code: the machine, the marking, the results."""

import numpy as np  # noqa: F401  (so that the code below can be read as it will run)

from tests.hostile import FULL, Submission, answer, own

LATER = "0 3 4 8"  # linear_backward is wrong, and the rest is right
NONE = "- 3 4 8"  # linear_backward could not be marked

_WRONG = "return x, W, g[0]"
_REFERENCE = (
    "def ask(reference, x, W, g):\n"
    "    return [reference({'x': x, 'W': W, 'g': g, 'part': part}) for part in ('dx', 'dW', 'db')]\n"
)
_FRAMES = """frame = sys._getframe()
while frame:
    for thing in [*frame.f_locals.values(), *frame.f_globals.values()]:
        if callable(getattr(thing, 'reference', None)):
            return ask(thing.reference, x, W, g)
    frame = frame.f_back
return x, W, g[0]"""

ATTACKS = {
    # -- the run ----------------------------------------------------------------------------------
    "loop in a function": Submission(LATER, answer("while True: pass"), "timeout"),
    "loop in a cell": Submission(FULL, own("while True: pass"), "stopped"),
    "ignores SIGINT": Submission(
        FULL,
        own(
            "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n"
            "    try:\n        time.sleep(9)\n    except BaseException:\n        pass"
        ),
    ),
    "long call into C": Submission(FULL, own("sum(range(10**13))")),
    "SystemExit": Submission(FULL, own("raise SystemExit(0)")),
    "quits": Submission(FULL, own("quit()")),
    "os._exit in a cell": Submission(FULL, own("import os; os._exit(0)"), "kernel-died"),
    "os._exit in an answer": Submission(NONE, answer("import os; os._exit(0)"), "ended before"),
    "kills itself": Submission(FULL, own("import os; os.kill(os.getpid(), 9)"), "kernel-died"),
    "kills itself in an answer": Submission(NONE, answer("import os; os.kill(os.getpid(), 9)"), "killed"),
    "kills its parent": Submission(
        FULL,
        own(
            "import os\nfor pid in (os.getppid(), 1, -1):\n    try: os.kill(pid, 9)\n    except OSError: pass"
        ),
    ),
    "takes 30 GB": Submission(FULL, own("x = bytearray(30 * 2**30)")),
    "takes 30 GB in an answer": Submission(NONE, answer("return np.ones(30 * 2**27)"), "memory"),
    "fork bomb": Submission(FULL, own("import os\nfor _ in range(10**5):\n    os.fork()")),
    "thread bomb": Submission(
        FULL,
        own(
            "import threading, time\nfor _ in range(10**5):\n"
            "    threading.Thread(target=time.sleep, args=(99,), daemon=True).start()"
        ),
    ),
    "starts programs": Submission(FULL, own("import subprocess\nsubprocess.run(['sleep', '1000'])")),
    "100 MB on many lines": Submission(FULL, own("for i in range(10**6): print('x' * 99)")),
    "100 MB on one line": Submission(FULL, own("print('x' * 10**8)")),
    "100 MB of errors": Submission(FULL, own("import sys\nsys.stderr.write('x' * 10**8)")),
    "1 GB file": Submission(FULL, own("open('big', 'wb').write(bytes(2**30))")),
    "network": Submission(
        FULL, own("import urllib.request\nurllib.request.urlopen('http://127.0.0.1:8888', timeout=5)")
    ),
    # -- what it wants to see ---------------------------------------------------------------------
    "reads the source": Submission(
        LATER,
        answer(
            _WRONG,
            "import glob, re\nfor path in glob.glob('{class}/source/**/*.ipynb', recursive=True):\n"
            "    print('FOUND', open(path).read())\n",
        ),
    ),
    "reads the class": Submission(
        LATER,
        answer(
            _WRONG,
            "import os, sys\nfor place in ('{class}', '{root}/course', '{root}/tests', '/root', '/home'):\n"
            "    for folder, inner, files in os.walk(place):\n"
            "        if folder in (sys.prefix, sys.base_prefix):\n            inner[:] = files = []\n"
            "        for file in files:\n            print('FOUND', folder, file)\n",
        ),
    ),
    "writes the gradebook": Submission(
        LATER,
        answer(
            _WRONG,
            "import sqlite3\ntry:\n    db = sqlite3.connect('{class}/gradebook.db')\n"
            "    db.execute('UPDATE grade SET manual_score = 4')\n    db.commit()\n    print('FOUND')\n"
            "except sqlite3.Error:\n    pass\n",
        ),
    ),
    "walks the frames": Submission(LATER, answer(_FRAMES, "import sys\n" + _REFERENCE), "showed 4 of 4"),
    "asks the library": Submission(
        LATER,
        answer(
            "return ask(found, x, W, g)",
            _REFERENCE + "try:\n    from backprop_lib.checks.library import exercise\n"
            "    found = exercise('05.linear_backward').reference\n"
            "except Exception:\n    found = lambda case: None\n",
        ),
        "showed 4 of 4",
    ),
    # -- what it changes --------------------------------------------------------------------------
    "patched numpy": Submission(
        LATER,
        answer(
            _WRONG,
            "np.allclose = np.array_equal = lambda *a, **k: True\n"
            "np.abs = np.max = np.isclose = lambda *a, **k: 0.0\n",
        ),
    ),
    "patched check": Submission(
        LATER,
        answer(
            _WRONG,
            "import backprop_lib.checks as checks\nfrom backprop_lib.checks import judging, comparing\n"
            "class Full:\n    def __init__(self, points): self.points = points\n"
            "    def __repr__(self): return str(self.points)\n"
            "check = checks.check = lambda name, answer, points=0: Full(points)\n"
            "comparing.compare = lambda *a, **k: None\n",
        ),
        "showed 4 of 4",
    ),
    "input transformer": Submission(
        LATER,
        answer(
            _WRONG,
            "def all_right(lines):\n"
            "    return ['float(4)\\n'] if any('check(' in line for line in lines) else lines\n"
            "get_ipython().input_transformers_cleanup.append(all_right)\n",
        ),
        "showed 4 of 4",
    ),
    "import hook": Submission(
        LATER,
        answer(
            _WRONG,
            "import sys\nclass Hook:\n    def find_spec(self, name, *_):\n        raise SystemExit\n"
            "sys.meta_path.insert(0, Hook())\n",
        ),
    ),
    "sys.modules": Submission(
        LATER,
        answer(
            _WRONG,
            "import sys, types\nfor key in [k for k in sys.modules if k.startswith('backprop_lib')]:\n"
            "    sys.modules[key] = types.ModuleType(key)\n",
        ),
    ),
    "own display": Submission(
        LATER,
        answer(_WRONG, "import sys, builtins\nsys.displayhook = lambda value: print(4.0)\n"),
    ),
    # -- what it returns --------------------------------------------------------------------------
    "equals everything": Submission(
        LATER,
        answer(
            "return E(), E(), E()",
            "class E:\n    __eq__ = __lt__ = __gt__ = lambda *_: True\n    shape = (3, 3)\n"
            "    def __array__(self, *a, **k): return np.zeros((1, 1))\n"
            "    def __array_ufunc__(self, *a, **k): return True\n",
        ),
    ),
    "array subclass": Submission(
        LATER,
        answer(
            "return tuple(np.zeros(s).view(A) for s in (x.shape, W.shape, g.shape[1:]))",
            "class A(np.ndarray):\n    __eq__ = lambda *_: True\n    ravel = tolist = lambda self: []\n",
        ),
    ),
    "NaN": Submission(LATER, answer("return x * np.nan, W * np.nan, g[0] * np.nan")),
    "recursive": Submission(LATER, answer("r = []\nr.append(r)\nreturn r, r, r")),
    "huge": Submission(LATER, answer("return np.zeros(10**7), [0] * 10**6, 'x' * 10**7")),
    "wrong type": Submission(LATER, answer("return {'dx': print, 'dW': object(), 'db': ...}")),
    "forged answer": Submission(
        LATER,
        answer(
            "one = {'value': True, 'mutated': False, 'blank': False}\n"
            "run = {'outcomes': [one] * 27, 'untouched': False, 'printed': ''}\n"
            "os.write(200, b'\\n' + json.dumps({'run': run, 'errors': []}).encode() + b'\\n')\nos._exit(0)",
            "import json, os\n",
        ),
    ),
    # -- what it says: neither file, gradebook nor terminal may take harm, nor who comes after ------
    "half a character": Submission(
        NONE,
        answer(
            r"""os.write(200, b'{"undefined": "x \xed\xa0\x80", "errors": []}\n')"""
            "\nos._exit(0)",
            "import os\n",
        ),
        "ended before",
    ),
    "NUL in an error": Submission(LATER, answer(_WRONG, "raise Exception('a\\0b \\ud800')\n")),
    "moves the cursor": Submission(
        LATER,
        answer(
            "return g @ W.T, x.T @ g, g.sum(0)",
            "import sys\nif 'ipykernel' not in sys.modules:\n"
            "    raise Exception('\\x1b[2J\\x1b]52;c;eA==\\x07\\n05: 3 marked now')\n",
        ),
        "showed 4 of 4",
    ),
    "millions of lines": Submission(
        LATER,
        answer(_WRONG, "import os\ntry: os.write(200, b'\\n' * 7_000_000)\nexcept OSError: pass\n"),
    ),
    "600 magics": Submission(FULL, own("%time 1\n" * 600)),
}
