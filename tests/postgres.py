"""A PostgreSQL server of the tests' own, in a temporary folder, reached by a socket file."""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path


def programs():
    """The folder of initdb and pg_ctl, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    place = str(found[-1]) if found else shutil.which("initdb")
    return Path(place).parent if place else None


@contextmanager
def server():
    """Yields the URL of an empty database. PostgreSQL refuses to run as root: there it is another user."""
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has at most 107 characters
    try:
        if user:
            account = pwd.getpwnam(user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        data, log = folder / "data", folder / "log"

        def run(program, *arguments):
            command = [programs() / program, *arguments]
            with open(folder / "said", "w") as said:  # no pipe: the server keeps it open
                code = subprocess.call(command, stdout=said, stderr=said, user=user, cwd=folder)
            assert code == 0, (folder / "said").read_text()

        folder.chmod(0o755)
        run("initdb", "-D", data, "-A", "trust", "-U", "grader", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")
        try:
            run("createdb", "-h", folder, "-U", "grader", "grades")
            yield f"postgresql+psycopg://grader@/grades?host={folder}"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
