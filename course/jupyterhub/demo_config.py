"""A demonstration of the hub, without root: every name is let in, with any password.

    jupyterhub -f course/jupyterhub/demo_config.py

"teacher" is the teacher; every other name is a student. All servers run as the account that started the hub:
NOBODY IS PROTECTED FROM ANYBODY. It listens on 127.0.0.1 and turns away whoever comes from elsewhere.
Everything lies in ~/backprop-demo, or where $BACKPROP_DEMO says.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from course.jupyterhub.demo import NOTICE, DemoAuthenticator
from course.jupyterhub.servers import configure
from course.jupyterhub.settings import Settings, make_folders

c = get_config()  # noqa: F821

if os.geteuid() == 0:
    sys.exit("The demonstration lets everybody in, so it does not run as root. Start it as an ordinary user.")

folder = Path(os.environ.get("BACKPROP_DEMO") or "~/backprop-demo").expanduser().absolute()
settings = Settings(
    course="demo",
    folder=folder / "homes" / "teacher" / "class",
    owner="teacher",
    teachers=("teacher",),
    students_group="",
    exchange=folder / "exchange",
    state=folder / "hub",
)
if not (settings.folder / "nbgrader_config.py").is_file():
    sys.exit(
        "The demonstration has no class yet. Make one:\n"
        f"    python3 -m course new {settings.folder} --name demo --exchange {settings.exchange}"
    )

make_folders(settings)
configure(c, settings, accounts="demo")
c.JupyterHub.authenticator_class = DemoAuthenticator
c.JupyterHub.spawner_class = "jupyterhub.spawner.SimpleLocalProcessSpawner"
c.SimpleLocalProcessSpawner.home_dir_template = str(folder / "homes" / "{username}")
c.JupyterHub.template_vars = {"announcement": NOTICE}
print(f"\n{NOTICE}\n", file=sys.stderr)
