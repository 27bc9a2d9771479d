"""A real JupyterHub with its proxy on 127.0.0.1, and users who act through its REST API."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "course" / "jupyterhub"


class Hub:
    """A hub that was started with a configuration of course/jupyterhub/. Use it with `with`."""

    def __init__(self, config, folder, port, variables, arguments=(), **options):
        self.address, self.log = f"http://127.0.0.1:{port}", Path(folder, "hub.log")
        proxy = shutil.which("configurable-http-proxy")
        assert proxy, "configurable-http-proxy is not on PATH: npm install -g configurable-http-proxy"
        ports = free_ports(2)
        command = [
            *(sys.executable, "-m", "jupyterhub", "-f", CONFIGS / config),
            f"--JupyterHub.hub_port={ports[0]}",
            f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{ports[1]}",
            *arguments,
        ]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                env=inherited | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"} | variables,
                **{"cwd": folder, "stdout": output, "stderr": subprocess.STDOUT},
                **options,
            )

    def __enter__(self):
        wait_until(self._answers, 60, lambda: f"the hub did not start:\n{self.text()[-4000:]}")
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(timeout=60)

    def text(self):
        """What the hub said so far."""
        return self.log.read_text("utf-8", "replace")

    def _answers(self):
        assert self._process.poll() is None, self.text()[-4000:]
        try:
            return requests.get(f"{self.address}/hub/api/", timeout=5).ok
        except requests.ConnectionError:
            return False

    def user(self, name, password):
        """Log in, start the user's own server, and return the `User`."""
        user = User(self, name)
        user.log_in(password)
        user.start()
        return user


class User:
    """Somebody who uses the hub through its REST API and their own server's."""

    def __init__(self, hub, name):
        self.hub, self.name, self._session, self._token = hub, name, requests.Session(), None

    def log_in_page(self):
        """The login page's HTML."""
        return self._session.get(f"{self.hub.address}/hub/login", timeout=30).text

    def log_in(self, password):
        """Give the login form what it asks for; returns the page that answers."""
        hidden = re.search(r'name="_xsrf" value="([^"]+)"', self.log_in_page())[1]
        form = {"username": self.name, "password": password, "_xsrf": hidden}
        return self._session.post(f"{self.hub.address}/hub/login", data=form, timeout=30)

    def hub_api(self, method, path, **options):
        xsrf = self._session.cookies.get("_xsrf", path="/hub/")
        headers = {"X-XSRFToken": xsrf or ""}
        url = f"{self.hub.address}/hub/api/{path}"
        return self._session.request(method, url, headers=headers, timeout=60, **options)

    def start(self):
        """Start the own server, and get a token for it."""
        answer = self.hub_api("POST", f"users/{self.name}/server")
        assert answer.status_code in (201, 202), answer.text + self.hub.text()[-4000:]
        wait_until(self._ready, 90, lambda: f"no server of {self.name}:\n{self.hub.text()[-3000:]}")
        answer = self.hub_api("POST", f"users/{self.name}/tokens", json={"note": "tests"})
        assert answer.status_code == 201, answer.text
        self._token = answer.json()["token"]

    def _ready(self):
        servers = self.hub_api("GET", f"users/{self.name}").json()["servers"]
        return servers.get("", {}).get("ready", False)

    def call(self, method, path, place=None, **options):
        """Ask the own server, or the one at `place`; returns the answer whatever it is."""
        url = f"{self.hub.address}{place or f'/user/{self.name}'}/{path}"
        headers = {"Authorization": f"token {self._token}"}
        return requests.request(method, url, headers=headers, timeout=300, **options)

    def get(self, path):
        return self._json("GET", path)

    def post(self, path, /, **data):
        return self._json("POST", path, json=data)

    def put(self, path, /, **data):
        return self._json("PUT", path, json=data)

    def _json(self, method, path, **options):
        answer = self.call(method, path, **options)
        assert answer.ok, (path, answer.status_code, answer.text[-2000:], self.hub.text()[-2000:])
        return answer.json()


def wait_until(condition, seconds, message):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, message()
        time.sleep(0.3)


def free_ports(number):
    sockets = [socket.socket() for _ in range(number)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    found = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return found
