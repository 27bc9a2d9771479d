"""Makes the commands start sooner. Standard library only."""

import sys


def leave_out():
    """Let no import wait for what nothing here uses.

    jsonschema, which nbformat imports, looks for `rfc3987_syntax`, for the formats "iri" and "iri-reference",
    and does without where it is missing. Importing it makes a parser of the whole grammar: over a second.
    """
    sys.modules.setdefault("rfc3987_syntax", None)
