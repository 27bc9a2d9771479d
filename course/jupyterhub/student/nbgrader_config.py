"""nbgrader for a student's server on the hub. The variables are set by the hub."""

import os

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = os.environ["BACKPROP_COURSE"]
c.CourseDirectory.student_id = os.environ["JUPYTERHUB_USER"]
c.Exchange.root = os.environ["BACKPROP_EXCHANGE"]
c.Execute.timeout = 120  # seconds a cell may take when Validate runs it
