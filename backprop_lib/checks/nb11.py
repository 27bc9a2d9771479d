"""The exercises of notebook 11: diagnose11, mend11, slips11 (with net11), capstone11."""

from . import capstone11, diagnose11, mend11, slips11  # noqa: F401  (they register the exercises)
