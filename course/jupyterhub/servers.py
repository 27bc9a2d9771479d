"""What a user's own JupyterLab is given: its configuration by role, and the few variables it reads."""

import os
import sys
from pathlib import Path

from course.setup_env import keep_news_quiet

from .settings import ROOT

ONE_HOUR = 3600


def role_of(settings, name):
    """ "owner" (of the class's folder), "teacher" (one of several) or "student"."""
    if name == settings.owner:
        return "owner"
    return "teacher" if name in settings.teachers else "student"


def environment(settings, name, accounts="system"):
    """The variables of one user's server. `accounts`: "system", or "demo" where all are one account."""
    role = role_of(settings, name)
    variables = {
        "JUPYTER_CONFIG_PATH": str(settings.roles / role),
        "BACKPROP_EXCHANGE": str(settings.exchange),
        "BACKPROP_COURSE": settings.course,
        "BACKPROP_ACCOUNTS": accounts,
        "PYTHONPATH": "",
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }
    if name == settings.owner:
        variables |= {"BACKPROP_CLASS": str(settings.folder), "PYTHONPATH": str(ROOT)}
    return variables


def configure(c, settings, accounts="system"):
    """What every spawner and the proxy get; `c` is the hub's configuration."""
    if os.access(sys.prefix, os.W_OK):
        keep_news_quiet(sys.prefix)
    programs = Path(sys.executable).parent
    c.Spawner.cmd = [str(programs / "jupyterhub-singleuser")]
    c.Spawner.default_url = "/lab"
    c.Spawner.env_keep = ["PATH", "LANG", "LC_ALL", "TZ"]
    c.Spawner.start_timeout = c.Spawner.http_timeout = 120
    c.Spawner.args = [
        f"--ServerApp.shutdown_no_activity_timeout={2 * ONE_HOUR}",
        f"--MappingKernelManager.cull_idle_timeout={ONE_HOUR}",
    ]

    def prepare(spawner):
        spawner.environment = {**spawner.environment, **environment(settings, spawner.user.name, accounts)}

    c.Spawner.pre_spawn_hook = prepare
    scheme = "https" if settings.ssl_cert else "http"
    c.JupyterHub.bind_url = f"{scheme}://{settings.address}:{settings.port}"
    c.JupyterHub.hub_ip = "127.0.0.1"
    c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = settings.ssl_cert, settings.ssl_key
    c.JupyterHub.db_url = f"sqlite:///{settings.private / 'jupyterhub.sqlite'}"
    c.JupyterHub.cookie_secret_file = str(settings.private / "cookie_secret")
    c.ConfigurableHTTPProxy.pid_file = str(settings.private / "proxy.pid")
    c.JupyterHub.load_roles, c.JupyterHub.load_groups, c.JupyterHub.services = [], {}, []
    if settings.shared:
        share(c, settings)


def share(c, settings, port=9999):
    """A server of the class's owner that all teachers use: nbgrader's "one class, multiple graders"."""
    course, group = settings.course, f"formgrade-{settings.course}"  # the prefix is what nbgrader looks for
    c.JupyterHub.load_groups = {group: {"users": list(settings.teachers)}}
    c.JupyterHub.load_roles = [
        {
            "name": group,
            "groups": [group],
            "scopes": [
                f"access:services!service={course}",
                "list:services",
                f"read:services!service={course}",
            ],
        },
        {"name": "server", "scopes": ["inherit"]},  # so that the course list may ask for services
    ]
    c.JupyterHub.services = [
        {
            "name": course,
            "url": f"http://127.0.0.1:{port}",
            "command": c.Spawner.cmd,
            "user": settings.owner,
            "cwd": str(settings.folder.parent),
            "oauth_no_confirm": True,
            "environment": environment(settings, settings.owner) | {"JUPYTERHUB_DEFAULT_URL": "/lab"},
        }
    ]
