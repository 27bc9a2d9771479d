"""Rebuild a submission from the release: nothing of it is taken but text.

The result has all cells of the release, as they were released, in the release's order. In it stand the
student's answers, and after the cell that they followed the student's own cells: those that were added, and
the student's version of a cell that was changed (an `import` added at the top is part of every answer below).
Metadata, outputs, attachments and other files are left behind. What was found on the way is said in remarks.
"""

from dataclasses import dataclass, field

from nbformat import NotebookNode

from .earlier import Earlier
from .matching import slots
from .reading import read
from .rebuilding import Rebuilding, blank
from .remarks import Remark, listed
from .submissions import Candidate, collect


@dataclass
class Sanitised:
    """A submission as it will be marked.

    `notebook`  the release with the student's text in it: always valid
    `remarks`   what the teacher is told
    `answers`   {exercise: text of its answer cell}, the stub where there is no answer
    `found`     False: no notebook could be read, so there is nothing to mark, and no score, not even 0
    """

    notebook: NotebookNode
    remarks: list
    answers: dict
    found: bool = True
    place: str | None = None  # which file of the submission was read
    attempted: set = field(default_factory=set)  # exercises with another text than the stub


def sanitise(submission, release, name=None, earlier=()):
    """Rebuild a submission: the bytes of a notebook, the path of a file or a folder, what `collect` returned,
    or None for nothing.

    `release` is the released notebook (an nbformat node), `name` its file name, `earlier` are releases before
    it, of which the student may have one. Never raises for what a
    student can send. A notebook of another name, or Jupyter's backup, is taken where the first choice cannot
    be read, and one of another name also where the first has no answers; a remark says so.
    """
    if submission is None:
        candidates, remarks = [], [Remark("no-submission", "There is no submission.")]
    elif isinstance(submission, (bytes, bytearray, memoryview)):
        candidates, remarks = [Candidate("", bytes(submission), expected=True)], []
    elif isinstance(submission, tuple):
        candidates, remarks = submission
    else:
        candidates, remarks = collect(submission, name)
    first, best, earlier = None, None, Earlier(earlier)
    for candidate in candidates:
        result = _rebuild(candidate, release, earlier)
        first = first or result
        has_answers = bool(result.attempted) and not candidate.checkpoint
        if best is None or (result.found and (has_answers or not best.found)):
            best = result
        if best.attempted:
            break
    if best is None:
        return Sanitised(blank(release), remarks, Rebuilding(slots(release)).answers(), found=False)
    if best is not first:
        remarks = [*remarks, *first.remarks, _instead(first, best)]
    elif not candidates[0].expected and name is not None:
        remarks = [*remarks, Remark("renamed-file", f"The notebook has another name: {best.place}.")]
    others = [candidate.place for candidate in candidates if candidate.place != best.place]
    others = [place for place in others if ".ipynb_checkpoints/" not in place]
    if others:
        remarks = [*remarks, Remark("other-notebooks", f"Other notebooks, not marked: {listed(others)}.")]
    best.remarks = [*remarks, *best.remarks]
    return best


def _instead(first, best):
    reason = "has no answers" if first.found else "cannot be read"
    return Remark("other-notebook", f"{first.place} {reason}, so {best.place} was taken.")


def _rebuild(candidate, release, earlier):
    loose = read(candidate.data)
    work = Rebuilding(slots(release), loose.cells if loose.found else None, earlier)
    remarks = [*candidate.remarks, *loose.remarks, *work.remarks]
    return Sanitised(
        work.notebook(release), remarks, work.answers(), loose.found, candidate.place, work.attempted
    )
