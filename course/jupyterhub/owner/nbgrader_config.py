"""nbgrader for the server of the class's owner on the hub. The class's own nbgrader_config.py is read too."""

import os

c = get_config()  # noqa: F821

c.CourseDirectory.root = os.environ["BACKPROP_CLASS"]
c.CourseDirectory.course_id = os.environ["BACKPROP_COURSE"]
c.Exchange.root = os.environ["BACKPROP_EXCHANGE"]
if os.environ["BACKPROP_ACCOUNTS"] != "demo":  # there all submissions have one owner
    c.ExchangeFactory.collect = "course.jupyterhub.exchange.CollectOwned"
    c.CollectOwned.accounts = os.environ["BACKPROP_ACCOUNTS"]
