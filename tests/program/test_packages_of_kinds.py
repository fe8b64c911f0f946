"""Packages for each kind of machine, by family and processor: in the Joins of both lines and in startup scripts."""

import hashlib
from pathlib import Path
from typing import Any

from meshx import Mesh
from tests.program import test_classic_mesh as classic_mesh
from tests.program.as_arguments import known
from tests.program.recorded_program import INSTALLED, Registered, run, run_program
from tests.program.test_gce import OF_KUBECONFIG
from tests.python_keys import as_arguments

JOIN = "meshx:index:Join"
INSTANCE = "gcp:compute/instance:Instance"
DEB = {"url": "https://x.example/istio-sidecar.deb", "sha256": "ab" * 32}
RPM = {"url": "https://x.example/istio-sidecar-arm64.rpm", "sha256": "cd" * 32}
BY_FILE = hashlib.sha256(b"a package").hexdigest()


def package(registered: list[Registered]) -> dict[str, Any]:
    (join,) = [one for one in registered if one.type == JOIN]
    return dict(join.inputs["bundle"]["package"])


def test_a_join_has_the_package_for_each_kind(values: dict[str, Any], folder: Path) -> None:
    values["sidecar"] = {"deb": {"amd64": {"file": "istio-sidecar.deb"}}, "rpm": {"arm64": RPM}}
    assert package(run(values, folder)) == {
        "name": "istio-sidecar",
        "kinds": {
            "deb/amd64": {"source": "istio-sidecar.deb", "sha256": BY_FILE},
            "rpm/arm64": {"source": RPM["url"], "sha256": RPM["sha256"]},
        },
    }


def test_a_machines_own_packages_take_the_place_of_the_stacks(values: dict[str, Any], folder: Path) -> None:
    values["sidecar"] = {"deb": {"amd64": DEB}}
    values["workloads"][0]["machines"][0]["sidecar"] = {"rpm": {"amd64": RPM}}
    assert list(package(run(values, folder))["kinds"]) == ["rpm/amd64"]


def test_one_package_for_any_machine_stays_what_it_was_in_the_state(values: dict[str, Any], folder: Path) -> None:
    assert package(run(values, folder)) == {
        "name": "istio-sidecar",
        "source": "istio-sidecar.deb",
        "sha256": BY_FILE,
    }
    values["sidecar"] = RPM
    assert package(run(values, folder))["source"] == RPM["url"]


def test_a_proxy_goes_with_the_package_to_machines(values: dict[str, Any], folder: Path) -> None:
    values["sidecar"] = {**RPM, "proxy": "http://proxy.example.com:3128"}
    assert package(run(values, folder))["proxy"] == "http://proxy.example.com:3128"
    values["sidecar"] = {"rpm": {"amd64": RPM}, "proxy": "http://proxy.example.com:3128"}
    assert package(run(values, folder))["proxy"] == "http://proxy.example.com:3128"


def test_machines_of_the_classic_line_have_packages_for_each_kind(classic: dict[str, Any], folder: Path) -> None:
    classic["sidecar"] = {"deb": {"amd64": DEB}, "rpm": {"amd64": RPM}}
    assert set(package(run(classic, folder, classic_mesh.INSTALLED))["kinds"]) == {"deb/amd64", "rpm/amd64"}


def test_a_sum_of_a_kind_may_be_an_output(values: dict[str, Any], folder: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(folder)
    values["sidecar"] = {"rpm": {"arm64": RPM}}
    registered = run_program(lambda: Mesh("shop", as_arguments(values, known)), INSTALLED)
    assert package(registered)["kinds"]["rpm/arm64"]["sha256"] == RPM["sha256"]


def test_an_instances_startup_script_has_them_all_to_choose_from(values: dict[str, Any], folder: Path) -> None:
    del values["ssh"]
    values["workloads"][0]["machines"] = [{"name": "vm-1", "address": "10.77.0.13", "gce": {}}]
    values |= {
        "sidecar": {"deb": {"amd64": DEB}, "rpm": {"arm64": RPM}, "proxy": "http://proxy.example.com:3128"},
        "cluster": {"context": "somewhere", "podsCidr": "10.244.0.0/16"},
        "gce": {"project": "my-project", "zone": "europe-west1-b"},
        "networks": [{"name": "network1", "apiServer": "endpoint"}],
    }
    (instance,) = [one for one in run(values, folder, OF_KUBECONFIG) if one.type == INSTANCE]
    script = instance.inputs["metadata"]["startup-script"]
    lines = [
        f"{kind} istio-sidecar {one['sha256']} {one['url']}" for kind, one in (("deb/amd64", DEB), ("rpm/arm64", RPM))
    ]
    assert "put packages <<'END'\n" + "\n".join(lines) + "\nEND\n" in script
    assert "\nPACKAGE_URL=" not in script
    assert "\nPACKAGE_PROXY=http://proxy.example.com:3128\n" in script
    assert "put package <<" not in script
