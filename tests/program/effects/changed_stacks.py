"""Stacks with machines of all kinds, and the same with one key changed (stacks.yaml, changes.yaml)."""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from meshx.config.errors.shapes import Shape, field_shape, keys_of
from meshx.config.stack import StackConfiguration
from tests.program.test_former_mesh import NOTHING_YET
from tests.program.test_generated_stacks import CLUSTER, AnyCluster
from tests.unit.stand_ins.certificates_for_tests import authority, below
from tests.unit.stand_ins.istiod_for_tests import key_of

HERE = Path(__file__).parent
STACKS: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "stacks.yaml").read_text())
CHANGES: dict[str, Any] = yaml.safe_load((HERE / "changes.yaml").read_text())
ABSENT = object()
KINDS = ("over SSH", "instance", "group")
KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "one", "cluster": {"server": "https://10.0.0.9:6443"}}],
    "users": [{"name": "deployer", "user": {"token": "secret"}}],
    "contexts": [{"name": "somewhere", "context": {"cluster": "one", "user": "deployer"}}],
}
USUALLY = AnyCluster(
    {
        **CLUSTER,
        "meshx:index:missingNamespaces": {"missing": []},
        "meshx:index:formerMesh": NOTHING_YET,
        "meshx:index:ambientNamespaces": {"names": ["shop"], "known": True},
        "meshx:index:controlPlanes": {
            "controlPlanes": [
                {"revision": "default", "version": "1.31.0", "owned": True, "trouble": "", "proxies": []}
            ],
            "leadsTo": "",
        },
    }
)
NODE_PORTS = {
    "ingress": [],
    "type": "NodePort",
    "nodePorts": {"15012": 30012, "15443": 30443},
    "nodes": [{"ip": "198.51.100.4", "hostname": ""}],
    "clusterIp": "10.96.0.9",
}
SAYS = {
    says: AnyCluster({**USUALLY, **answers})
    for says, answers in {
        "": {},
        "another cluster": {
            "ConfigMap istio-system/istio-ca-root-cert": {
                "data": {"root-cert.pem": "-----BEGIN CERTIFICATE-----\nanother\n-----END CERTIFICATE-----\n"}
            }
        },
        "node ports": {
            "meshx:index:serviceAddresses": NODE_PORTS,
            "meshx:index:runningGateway": {**CLUSTER["meshx:index:runningGateway"], **NODE_PORTS},
        },
        "both families": {
            "meshx:index:serviceAddresses": {
                "ingress": [{"ip": ip, "hostname": ""} for ip in ("10.77.0.200", "fd77::200")],
                "clusterIp": "10.96.0.9",
            }
        },
    }.items()
}


def places(place: Shape | None = None, path: str = "") -> Iterator[tuple[str, Shape]]:
    """Every key of the configuration that says what a change of it does, by its path, or has to.

    All but groups of keys that are always there. What a group has that stands elsewhere too is told of there once.
    """
    yield from _places(place or Shape(StackConfiguration), path, set())


def _places(place: Shape, path: str, seen: set[Any]) -> Iterator[tuple[str, Shape]]:
    if place.section is None or place.section in seen:
        return
    seen.add(place.section)
    groups: list[tuple[str, Shape]] = []
    for key, field in keys_of(place.section).items():
        below = field_shape(field)
        items = below.item if below.is_list else None
        always = below.section is not None and field.default is not None
        if not always:
            yield f"{path}{key}", below
        if items is not None and items.section is not None:
            groups.append((f"{path}{key}[].", items))
        elif below.section is not None:
            groups.append((f"{path}{key}.", below))
    for way, below in groups:
        yield from _places(below, way, seen)


@dataclass(frozen=True)
class Change:
    """One change of a key, in one stack."""

    key: str
    stack: str
    written: dict[str, Any]

    @cached_property
    def before(self) -> dict[str, Any]:
        values = copy.deepcopy(STACKS[self.stack])
        for path in self.written.get("drop", ()):
            put(values, path, ABSENT)
        for path, value in self.written.get("with", {}).items():
            put(values, path, value)
        if "from" in self.written:
            put(values, self.key, self.written["from"])
        return values

    @cached_property
    def after(self) -> dict[str, Any]:
        values = copy.deepcopy(self.before)
        for path, value in {self.key: self.written["to"], **self.written.get("also", {})}.items():
            put(values, path, value)
        return values

    @property
    def answers(self) -> tuple[AnyCluster, AnyCluster]:
        """What the cluster says before and afterwards."""
        always = SAYS[self.written["always"]] if "always" in self.written else SAYS[""]
        return always, SAYS[self.written["says"]] if "says" in self.written else always


def changes_of(key: str) -> Iterator[Change]:
    """All changes of a key."""
    written = CHANGES[key]
    for one in written if isinstance(written, list) else [written]:
        for stack in one.get("in", "istiod, classic").split(", "):
            yield Change(key, stack, one)


def put(values: dict[str, Any], path: str, value: Any) -> None:
    """Write a value at a path, in every workload that has what follows there."""
    steps = re.findall(r"[^.\[\]]+|\[\]", path)
    if steps[:2] != ["workloads", "[]"]:
        _put(values, steps, value, 0)
        return
    for number, workload in enumerate(values["workloads"]):
        if _takes(workload, steps[2:]):
            _put(workload, steps[2:], value, number)


def kinds(key: str, written: dict[str, Any]) -> set[str]:
    """The kinds of machines that a key is about, in a stack."""
    steps = re.findall(r"[^.\[\]]+|\[\]", key)
    if steps[:2] == ["workloads", "[]"]:
        return {_kind(workload) for workload in written["workloads"] if _takes(workload, steps[2:])}
    return {"ssh": {"over SSH"}, "rollout": {"over SSH"}, "gce": {"instance", "group"}}.get(steps[0], set(KINDS))


def _kind(workload: dict[str, Any]) -> str:
    if "group" in workload:
        return "group"
    return "instance" if any("gce" in machine for machine in workload["machines"]) else "over SSH"


def _takes(workload: dict[str, Any], steps: list[str]) -> bool:
    """What a machine is made of is changed only where it is such a machine."""
    if steps[0] in ("machines", "group") and steps[0] not in workload:
        return False
    of_machine = steps[2] if steps[:2] == ["machines", "[]"] else ""
    return of_machine not in ("gce", "ssh") or of_machine in workload["machines"][0]


def _put(place: Any, steps: list[str], value: Any, number: int) -> None:
    (step, *further) = steps
    if step == "[]":
        place.extend([{}] if not place else [])
        _put(place[0], further, value, number)
    elif further:
        _put(place.setdefault(step, [] if further[0] == "[]" else {}), further, value, number)
    elif value is ABSENT:
        place.pop(step, None)
    else:
        place[step] = _told_apart(value, number)


def _told_apart(value: Any, number: int) -> Any:
    if isinstance(value, str):
        return value.replace("{n}", str(number))
    if isinstance(value, dict):
        return {key: _told_apart(item, number) for key, item in value.items()}
    return [_told_apart(item, number) for item in value] if isinstance(value, list) else value


def furnish(folder: Path) -> dict[str, str]:
    """Put into a project's folder what the stacks name; returns the texts that stand for some of their values."""
    for chart in ("istio-init", "istio"):
        (folder / "helm" / chart).mkdir(parents=True)
        (folder / "helm" / chart / "Chart.yaml").write_text(f"name: {chart}\n")
    shutil.copytree(folder / "charts", folder / "other-charts")
    for name in ("other.deb", "package.rpm", "other.rpm"):
        (folder / name).write_text(name)
    (folder / "kubeconfig").write_text(yaml.safe_dump(KUBECONFIG))
    (folder / "startup.sh").write_text("systemctl start shop\n")
    for number, name in enumerate(("more.yaml", "fewer.yaml")):
        machine = {"name": f"vm-8{number}", "address": f"10.77.0.8{number}", "ssh": {"hostKeyFile": "id.pub"}}
        (folder / name).write_text(yaml.safe_dump([machine]))
    key = Ed25519PrivateKey.generate()
    (folder / "id2").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    )
    (folder / "id2.pub").write_bytes(
        key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    )
    root, other_root = authority("root"), authority("other root")
    signers = {"root": root, "other root": other_root, "below root": below(root, "below root")}
    for name, signer in signers.items():
        (folder / f"{name}.pem").write_text(signer.pem)
        (folder / f"{name}.key").write_text(key_of(signer))
    texts = {
        f"{name}{suffix}": f"{name}.{ending}" for name in signers for suffix, ending in (("", "pem"), (" key", "key"))
    }
    texts |= {"key": "id", "other key": "id2", "host key": "id.pub", "other host key": "id2.pub"}
    return {f"<{name}>": (folder / file).read_text() for name, file in {**texts, "kubeconfig": "kubeconfig"}.items()}
