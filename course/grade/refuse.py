"""nbgrader's own autograde and feedback, refused before they do anything.

Both first remove what is there for a student (autograded/, feedback/) and then convert; a preprocessor that
raises comes too late. The exporter is made before that: it is what refuses. `nbgrader_config.py` names these.
"""

from nbconvert.exporters import HTMLExporter
from nbgrader.converters.base import NbGraderException


class _Refuse(HTMLExporter):
    """Cannot be made: it logs what to do instead, for the command line and for the formgrader's window."""

    message = ""

    def __init__(self, parent=None, **settings):
        assignment = parent.coursedir.assignment_id.split("_")[0]
        message = self.message.format(assignment=assignment)
        parent.log.error(message)
        raise NbGraderException(message)


class UseGrade(_Refuse):
    """In place of autograde."""

    message = (
        "Marking is done by: python3 -m course grade {assignment}\n"
        "nbgrader's autograde is switched off in nbgrader_config.py. Nothing was changed."
    )


class UseFeedback(_Refuse):
    """In place of generate_feedback."""

    message = (
        "Feedback is made by: python3 -m course feedback {assignment}\n"
        "nbgrader's generate_feedback is switched off in nbgrader_config.py. Nothing was changed."
    )
