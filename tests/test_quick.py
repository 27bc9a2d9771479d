"""The commands start without what takes long and is not used; notebooks are validated all the same."""

import subprocess
import sys

from tests.classes import ROOT

CODE = """
import contextlib, io, sys
from course.__main__ import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main(["grade", "--help"])
import nbformat
assert "nbformat.validator" in sys.modules and "lark" not in sys.modules
nbformat.validate(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]))
try:
    nbformat.validate({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "none"}]})
except nbformat.ValidationError:
    print("refused")
"""


def test_a_command_makes_no_parser_of_addresses():
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("refused\n", 0), done.stderr
