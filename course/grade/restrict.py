"""Runs first in the sandbox: sets the limits, becomes the other user, then runs the script.

Called by `sandbox` as `python restrict.py LIMITS SCRIPT ARGUMENT…`. The limits bind this process and all that
comes after it, so the script and what it runs can only lower them.
"""

import json
import os
import resource
import sys


def main():
    limits, script = json.loads(sys.argv[1]), sys.argv[2]
    sys.argv = sys.argv[2:]
    restrict(limits)
    with open(script, encoding="utf-8") as file:
        code = compile(file.read(), script, "exec")
    exec(code, {"__name__": "__main__", "__file__": script, "__builtins__": __builtins__})


def restrict(limits):
    """Set the limits of a `sandbox.Limits` (as a dict, with the user to become or 0) for this process."""
    if limits["user"]:
        os.setgroups([])
        os.setresgid(*[limits["user"]] * 3)
        os.setresuid(*[limits["user"]] * 3)
    for kind, most, hard in kinds(limits):
        resource.setrlimit(kind, (most, hard))


def kinds(limits):
    """[(kind, soft, hard)] for `setrlimit`, of a `sandbox.Limits` as a dict."""
    processor = limits["processor"]
    return [
        (resource.RLIMIT_AS, limits["memory"], limits["memory"]),
        (resource.RLIMIT_CPU, processor, processor + 5),  # SIGXCPU first: it says what happened
        (resource.RLIMIT_FSIZE, limits["file"], limits["file"]),
        (resource.RLIMIT_NOFILE, limits["open_files"], limits["open_files"]),
        (resource.RLIMIT_NPROC, limits["threads"], limits["threads"]),
        (resource.RLIMIT_CORE, 0, 0),
    ]


if __name__ == "__main__":
    main()
