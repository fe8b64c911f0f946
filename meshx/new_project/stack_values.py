"""The configuration of a new stack, from the answers: the values under `meshx:` of its file."""

from __future__ import annotations

from typing import Any

from meshx.new_project.questions import GCE, Answers, is_url


def values_of(answers: Answers) -> dict[str, Any]:
    """The values, by key without `meshx:`, as meshx/config/loading.py takes them."""
    on_gce = answers["machines"] == GCE
    package = answers["package"]
    machine: dict[str, Any] = {"name": answers["machine"], "address": answers["address"]}
    machine.update({"gce": {}} if on_gce else {"ssh": {"hostKey": answers["host-key"]}})
    return {
        "cluster": {"context": answers["context"]},
        "mesh": {"istioVersion": answers["istio-version"], "network": answers["network"]},
        "sidecar": {"url": package, "sha256": answers["package-sha256"]} if is_url(package) else {"file": package},
        **(_google_cloud(answers) if on_gce else _ssh(answers)),
        "workloads": [
            {
                "name": answers["workload"],
                "namespace": answers["namespace"],
                "ports": [{"name": "http", "port": int(answers["port"])}],
                "machines": [machine],
            }
        ],
    }


def _ssh(answers: Answers) -> dict[str, Any]:
    return {"ssh": {"user": answers["user"], "privateKeyFile": answers["private-key-file"]}}


def _google_cloud(answers: Answers) -> dict[str, Any]:
    return {
        "gce": {
            "project": answers["gce-project"],
            "zone": answers["zone"],
            "subnetwork": answers["subnetwork"],
        },
        "networks": [{"name": answers["network"], "apiServer": answers["api-server"]}],
    }
