"""What holds for every test: one thread for linear algebra, no user's Jupyter, and in CI no skipping."""

import importlib.util
import os
import signal

# Before numpy is imported anywhere. Two threads on small matrices are slower and less repeatable.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("MPLBACKEND", "agg")
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
os.environ["BACKPROP_PROGRESS"] = "off"  # running the notebooks here is nobody's progress

# A shell that starts us in the background lets Ctrl+C be ignored, and whoever we start inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

CI = os.environ.get("CI", "").lower() in ("1", "true")

# In CI the same examples every time: what is found there must be found again by whoever mends it.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("local", deadline=None)
settings.load_profile("ci" if CI else "local")

# The referee is PyTorch, which is large: its file is left out where it is not installed, except in CI.
collect_ignore_glob = []
if importlib.util.find_spec("torch") is None and not CI:
    collect_ignore_glob.append("test_torch_*.py")


def pytest_addoption(parser):
    parser.addoption("--shots", metavar="DIR", help="keep the browser tests' screenshots in this folder")


def pytest_report_header(config):
    torch = "left out (PyTorch is not installed)" if collect_ignore_glob else "compared"
    return f"PyTorch: {torch}"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """In CI a skipped or expected-to-fail test is a failure: what is skipped there is never run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # a worker of several: the one that started them looks at all
        return
    left_out = [report for kind in ("skipped", "xfailed") for report in reporter.stats.get(kind, [])]
    if CI and left_out and exitstatus == 0:
        reporter.write_line(f"{len(left_out)} tests were skipped, and CI=true allows none", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
