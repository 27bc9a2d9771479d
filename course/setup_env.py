"""From a plain Python to the open course: a virtual environment in .venv, and what runs in it.

Standard library only. Installing is done once: a stamp in .venv holds a hash of what was asked for, so the
second start takes no time and a changed requirements.txt is noticed.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
FIRST_NOTEBOOK = "notebooks/00_start_here.ipynb"

# What pip is given. "test" holds all of "open"; "torch" is apart: on Linux PyPI's build brings gigabytes.
WANTED = {
    "open": ["-r", "requirements.txt"],
    "test": ["-r", "requirements.txt", "-e", ".[course,dev]"],
    "torch": ["-r", "requirements.txt", "-e", ".[course,dev,bench]"],
}
# The tests of a file share what is expensive, so a file is run by one process; in the order of their names,
# since those with the fewest tests are not the quickest. A class is marked on all cores: two at a time, since
# the hostile one often waits. Some tests measure by the clock: these run alone.
BY_FILE = ["--dist", "loadfile", "--no-loadscope-reorder"]
IN_PARALLEL = ["-n", "auto", "--maxprocesses", "4", *BY_FILE]
PARTS = [
    ["-m", "not browser and not grading and not timed and not hub", *IN_PARALLEL],
    ["-m", "grading", "-n", "2", *BY_FILE],
    ["-m", "timed and not browser"],
]
WITH_BROWSER = [["-m", "not grading and not timed and not hub", *IN_PARALLEL], PARTS[1], ["-m", "timed"]]
INCLUDES = {"open": ["open"], "test": ["open", "test"], "torch": ["open", "test", "torch"]}

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
CHROMIUM_PATHS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "${ProgramFiles}/Google/Chrome/Application/chrome.exe",
    "${ProgramFiles(x86)}/Microsoft/Edge/Application/msedge.exe",
)
CHROMIUM_MISSING = """The browser tests need Chromium, Chrome or Edge, and none was found. To install one:
    Debian, Ubuntu   sudo apt install chromium
    Fedora           sudo dnf install chromium
    macOS            brew install --cask chromium
    Windows          winget install Google.Chrome
or set the environment variable CHROMIUM to the path of the program."""


def find_chromium():
    """The path of a Chromium-like browser (str), or None."""
    if os.environ.get("CHROMIUM"):
        return shutil.which(os.environ["CHROMIUM"])
    for name in CHROMIUM_NAMES:
        if shutil.which(name):
            return shutil.which(name)
    places = [os.path.expandvars(path) for path in CHROMIUM_PATHS]
    return next((place for place in places if os.path.exists(place)), None)


def environment():
    """The environment for what we start: one thread for linear algebra, and our .venv as the one in use.

    Small matrices on several threads are up to 100 times slower on a busy machine, and give sums in another
    order.
    """
    env = dict(os.environ, VIRTUAL_ENV=str(VENV))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        env.setdefault(name, "1")
    for name in ("PYTHONHOME", "__PYVENV_LAUNCHER__"):
        env.pop(name, None)
    env["PATH"] = os.pathsep.join([str(PYTHON.parent), env.get("PATH", "")])
    return env


def run(*command):
    """Run a command in the repository's folder; return its exit code. Ctrl+C is for the command alone."""
    child = subprocess.Popen([str(part) for part in command], cwd=str(ROOT), env=environment())
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


def fingerprint(profile):
    """A hash of all that decides what `profile` installs, and where."""
    parts = [str(ROOT), str(WANTED[profile])]
    parts += [(ROOT / name).read_text("utf-8") for name in ("requirements.txt", "pyproject.toml")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def make_venv():
    """Create .venv, anew if it does not work (a copied folder, a Python that is gone or too old)."""
    test = [str(PYTHON), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
    if PYTHON.exists() and subprocess.call(test, stderr=subprocess.DEVNULL) == 0:
        return
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        sys.exit(
            "This Python has no `venv` module. On Debian and Ubuntu it is a package of its own:\n"
            "    sudo apt install python3-venv\nThen run the same command again."
        )
    import venv

    print(f"Making a virtual environment in {VENV}", flush=True)
    venv.create(str(VENV), clear=True, with_pip=True, symlinks=os.name != "nt")


def set_up(profile):
    """Make .venv and install what `profile` needs, if that was not done already; return its Python."""
    stamp = VENV / f"course-{profile}.stamp"
    wanted = fingerprint(profile)
    make_venv()
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return PYTHON
    print(f"Installing what the course needs into {VENV} (once; a few minutes)", flush=True)
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    code = run(*pip, *WANTED[profile])
    if code:
        sys.exit("pip could not install the course; its message stands above.")
    keep_news_quiet(VENV)
    for name in INCLUDES[profile]:
        (VENV / f"course-{name}.stamp").write_text(fingerprint(name), "utf-8")
    return PYTHON


def keep_news_quiet(prefix):
    """Answer JupyterLab's question about news with no, for the JupyterLab in `prefix` only."""
    settings = Path(prefix) / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    ours = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
    known = json.loads(settings.read_text("utf-8")) if settings.exists() else {}
    settings.write_text(json.dumps(dict(known, **ours), indent=2), "utf-8")


def open_course(arguments):
    """`python3 -m course open`: JupyterLab at the first notebook."""
    parser = argparse.ArgumentParser(prog="python3 -m course open", description=open_course.__doc__)
    parser.add_argument("--no-browser", action="store_true", help="start the server and print its address")
    parser.add_argument("--port", type=int, help="the server's port (default: the first free one from 8888)")
    parser.add_argument("--notebook", default=FIRST_NOTEBOOK, help="what to open (default: %(default)s)")
    options = parser.parse_args(arguments)
    if not (ROOT / options.notebook).is_file():
        return f"There is no {options.notebook} in {ROOT}"
    command = [set_up("open"), "-m", "jupyterlab", options.notebook, f"--ServerApp.root_dir={ROOT}"]
    if options.no_browser:
        command.append("--no-browser")
    if options.port:
        command += [f"--ServerApp.port={options.port}", "--ServerApp.port_retries=0"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # containers; Jupyter refuses otherwise
    if os.name == "nt":
        return run(*command)
    os.chdir(str(ROOT))  # become the server, so that whoever ends this process ends the server
    os.execve(str(PYTHON), [str(part) for part in command], environment())


def run_tests(arguments):
    """`python3 -m course test`: every test; arguments that are not ours go to pytest."""
    ci = os.environ.get("CI", "").lower() in ("1", "true")
    parser = argparse.ArgumentParser(
        prog="python3 -m course test",
        allow_abbrev=False,
        description=run_tests.__doc__,
        epilog="Browser tests run where a Chromium is found, and always where CI=true.",
    )
    parser.add_argument(
        "--torch",
        action="store_true",
        default=ci,
        help="also install PyTorch and compare gradients with it (several GB on Linux; always where CI=true)",
    )
    options, rest = parser.parse_known_args(arguments)
    python = set_up("torch" if options.torch else "test")
    browser = find_chromium()
    parts = WITH_BROWSER if browser or ci else PARTS
    if any(argument.startswith("-m") for argument in rest):
        parts = [[]]  # the caller chooses by marker
    code = _worst([run(python, "-m", "pytest", *part, *rest) for part in parts])
    if not browser:
        print("\n" + CHROMIUM_MISSING + "\nThen run the same command again.", flush=True)
    return code


def _worst(codes):
    """One exit code of several runs of pytest. 5, no test there, is no fault while another run had some."""
    failed = [code for code in codes if code not in (0, 5)]
    return failed[0] if failed else min(codes)
