"""The dev stack with a mesh of Istio 1.1 to 1.4: on the cluster's network alone, or with a machine elsewhere."""

from __future__ import annotations

from typing import Any

VERSIONS = ("1.1.17", "1.2.10", "1.3.8", "1.4.10")
SYSTEM = "istio-system"
CHARTS_FOLDER = "helm"
WITHOUT_JOINS = ("--exclude", "**meshx:index:Join::**")
"""Machines' side has tests of its own: what the cluster gets is there without any machine."""


def single_network(config: dict[str, Any]) -> None:
    """Let the dev stack install 1.4.10, for nobody yet."""
    config.pop("exposed", None)
    config["mesh"] = {"istioVersion": "1.4.10", "network": "network1", "chart": {"path": CHARTS_FOLDER}}
    config["workloads"] = []


def across_networks(config: dict[str, Any]) -> None:
    """Have one machine, on another network, which only calls."""
    machine = {
        "name": "vm-2",
        "network": "network2",
        "address": "10.79.0.12",
        "ssh": {"hostKeyFile": ".sandbox/machines/vm-2/ssh_host_ed25519_key.pub"},
    }
    config["workloads"] = [{"name": "vmhttp", "namespace": "vm", "createNamespace": True, "machines": [machine]}]


def adopting(config: dict[str, Any]) -> None:
    """Let the stack adopt what is there."""
    config["mesh"].pop("chart", None)
    config["mesh"]["install"] = {"controlPlane": False}
