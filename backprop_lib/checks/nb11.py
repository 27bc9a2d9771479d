"""The exercises of notebook 11: a backward pass in slips11 (and net11), its training in capstone11."""

from . import capstone11, slips11  # noqa: F401  (they register the exercises)
