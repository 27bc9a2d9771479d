"""JupyterHub for one class on one machine: system accounts (PAM), a server of each user's own.

    BACKPROP_HUB=/etc/backprop-hub.toml jupyterhub -f course/jupyterhub/jupyterhub_config.py

Runs as root, which is what starts a server as somebody else. What is protected, is so by accounts and modes:
the students' JupyterLab lacks the formgrader, but it is the class's folder being closed that keeps it shut.
A user's memory and processor are not limited here: LocalProcessSpawner cannot. Where that matters, take
SystemdSpawner (package jupyterhub-systemdspawner; spawner_class, mem_limit, cpu_limit), the rest stays.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from course.jupyterhub.servers import configure
from course.jupyterhub.settings import (
    HubError,
    check_accounts,
    check_python,
    make_folders,
    openings,
    read_settings,
)

c = get_config()  # noqa: F821

try:
    settings = read_settings()
    check_accounts(settings)
    check_python()
    if os.geteuid() != 0:
        raise HubError(
            "This hub starts servers as other users, so it must run as root. To look at it without root, "
            "take the demonstration: jupyterhub -f course/jupyterhub/demo_config.py"
        )
except HubError as error:
    sys.exit(str(error))

os.umask(0o022)  # released assignments and feedback must be readable; what is private is closed by its folder
make_folders(settings, settings.owner)
for sentence in openings(settings):
    print(f"WARNING: {sentence}", file=sys.stderr)

configure(c, settings)
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {settings.students_group}
c.PAMAuthenticator.allowed_users = set(settings.teachers)
c.LocalAuthenticator.create_system_users = False
c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
