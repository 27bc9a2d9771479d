"""The course's commands, run from the repository's folder with nothing installed but Python.

python3 -m course open     set up .venv and open the course in JupyterLab
python3 -m course test     set up .venv and run every test
python3 -m course build    make the notebooks from their sources

For teachers (course/INSTRUCTORS.md):
python3 -m course new      make the folder of a class
python3 -m course release  give a class an assignment, in nbgrader's folders and gradebook
python3 -m course publish  make the folder that students get
python3 -m course rubrics  show what the written answers are marked by
python3 -m course grade    mark what a class has submitted
python3 -m course feedback write a page for each student
python3 -m course export   write the scores for Canvas, Moodle or a spreadsheet
python3 -m course similar  list submissions that are suspiciously alike

Each takes --help. This file and setup_env.py run before anything is installed, and under any Python 3 (to be
able to say that it is too old): standard library only, and no new syntax.
"""

import importlib
import importlib.util
import sys

COMMANDS = {
    "open": ("course.setup_env", "open_course"),
    "test": ("course.setup_env", "run_tests"),
    "build": ("course.build", "main"),
    "new": ("course.new_class", "main"),
    "release": ("course.class_release", "main"),
    "publish": ("course.publish", "main"),
    "rubrics": ("course.rubrics", "main"),
    "grade": ("course.grade.command", "main"),
    "feedback": ("course.grade.feedback", "main"),
    "export": ("course.grade.export", "main"),
    "similar": ("course.grade.similar", "main"),
}
STANDARD_LIBRARY = ("open", "test")  # the others need nbgrader, and set .venv up where it is missing
NEEDS_VENV = dict.fromkeys(COMMANDS.keys() - set(STANDARD_LIBRARY), "nbgrader")


def main(arguments):
    if sys.version_info < (3, 11):  # noqa: UP036
        found = ".".join(map(str, sys.version_info[:2]))
        return (
            f"This course needs Python 3.11 or newer, and this is Python {found}: {sys.executable}\n"
            "If a newer one is installed, call it by its name, for example: python3.12 -m course open"
        )
    if not arguments or arguments[0] not in COMMANDS:
        print(__doc__.split("\n\nEach")[0])
        return 0 if arguments in (["-h"], ["--help"]) else 2
    command, rest = arguments[0], arguments[1:]
    if command in NEEDS_VENV and importlib.util.find_spec(NEEDS_VENV[command]) is None:
        setup_env = importlib.import_module("course.setup_env")
        return setup_env.run(setup_env.set_up("test"), "-m", "course", command, *rest)
    importlib.import_module("course.quick").leave_out()
    module, function = COMMANDS[command]
    return getattr(importlib.import_module(module), function)(rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
