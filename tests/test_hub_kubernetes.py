"""The values for JupyterHub on Kubernetes, as far as they can be tested without Kubernetes."""

import re
from types import SimpleNamespace

import pytest
import yaml
from traitlets.config import Config

from course.jupyterhub import exchange
from course.jupyterhub.settings import EXCHANGE_MODES, HERE

# The documented keys that are used, of the chart's schema (zero-to-jupyterhub-k8s,
# jupyterhub/values.schema.yaml). "*" ends where the chart takes anything.
CHART = """\
custom.* hub.config.* hub.extraConfig.* hub.db.type hub.db.url hub.db.upgrade hub.db.password
singleuser.image.name singleuser.image.tag singleuser.defaultUrl singleuser.startTimeout singleuser.fsGid
singleuser.memory.guarantee singleuser.memory.limit singleuser.cpu.guarantee singleuser.cpu.limit
singleuser.extraEnv.* singleuser.storage.type singleuser.storage.capacity singleuser.storage.homeMountPath
singleuser.storage.extraVolumes singleuser.storage.extraVolumeMounts singleuser.networkPolicy.enabled
singleuser.cloudMetadata.blockWithIptables cull.enabled cull.timeout cull.every proxy.https.enabled
proxy.https.hosts proxy.https.letsencrypt.contactEmail
"""
VALUES = yaml.safe_load((HERE / "values.yaml").read_text("utf-8"))


def paths(values, before=""):
    """The dotted paths of all leaves."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from paths(value, f"{before}{name}.")
        else:
            yield f"{before}{name}"


def test_the_charts_values_are_keys_that_it_documents():
    known = CHART.split()
    open_ended = tuple(key[:-1] for key in known if key.endswith("*"))
    found = list(paths(VALUES))
    assert len(found) > 30
    assert [path for path in found if path not in known and not path.startswith(open_ended)] == []
    head = (HERE / "values.yaml").read_text("utf-8").split("\n\n")[0]
    assert "NOT TRIED: Kubernetes" in head and "# TRIED:" in head
    assert VALUES["hub"]["config"]["JupyterHub"]["authenticator_class"] not in (None, "dummy")


@pytest.fixture
def chart():
    """hub.extraConfig, run: (the hub's configuration, its own names)."""
    c = Config()

    def get_config(path):
        value = VALUES
        for part in path.split("."):
            value = value[part]
        return value

    names = {"c": c, "get_config": get_config}
    exec(VALUES["hub"]["extraConfig"]["backprop"], names)
    return c, names


def spawner(name):
    return SimpleNamespace(
        **{"user": SimpleNamespace(name=name), "environment": {}, "image": "student", "init_containers": []},
        **{"volumes": [{"name": "exchange"}], "volume_mounts": {"exchange": {}}},
    )


def test_on_kubernetes_a_student_is_the_account_that_collecting_expects(chart):
    c, _ = chart
    students = [f"student{number}" for number in range(300)]
    numbers = [c.KubeSpawner.uid(spawner(name)) for name in students]
    assert numbers == [exchange.hashed_uid(name) for name in students]
    assert len(set(numbers)) == 300 and min(numbers) >= exchange.FIRST_UID and max(numbers) < 2**31
    assert c.KubeSpawner.uid(spawner("anna")) == 1000


def test_on_kubernetes_only_the_owner_gets_the_class(chart):
    c, _ = chart
    c.KubeSpawner.pre_spawn_hook(student := spawner("ada"))
    c.KubeSpawner.pre_spawn_hook(owner := spawner("anna"))
    assert student.image == "student" and student.volumes == [{"name": "exchange"}]
    assert "GRADEBOOK_URL" not in student.environment and "BACKPROP_CLASS" not in student.environment
    assert owner.volumes[-1]["persistentVolumeClaim"] == {"claimName": "backprop-class"}
    assert owner.volume_mounts["class"]["mountPath"] == owner.environment["BACKPROP_CLASS"]
    for each, role in ((student, "student"), (owner, "owner")):
        assert each.environment["JUPYTER_CONFIG_PATH"] == f"/opt/backprop-hub/{role}"
        text = (HERE / role / "nbgrader_config.py").read_text("utf-8")
        needed = set(re.findall(r'environ\["(BACKPROP_\w+)"\]', text))
        assert needed and needed <= set(each.environment)
    made = owner.init_containers[0]["command"][2]
    for name, mode in EXCHANGE_MODES.items():
        assert f"chmod {mode:04o} /srv/nbgrader/exchange/backprop/{name}" in made
