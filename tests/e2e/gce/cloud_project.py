"""The dev stack with instances in place of its machines: in the stand-in cloud, in the cluster's network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.gce.catalogue import PROJECT, REGION, ZONES
from sandbox.network.addresses import PODS
from tests.e2e.gce.package_mirror import Mirror

NETWORK, FAR_NETWORK = "network1", "network2"
"""The cluster's, and one whose instances reach the gateway and nothing else of the cluster."""
WAYS = {NETWORK: "endpoint", FAR_NETWORK: "gateway"}
"""To the API server."""
STARTUP = "#!/bin/sh\n# What the instance is for.\nsystemctl enable --now echo-http\n"


def instances_in_place(mirror: Mirror, folder: Path, **of_workload: Any) -> Callable[[dict[str, Any]], None]:
    """A change of the dev stack's configuration; of_workload: its one workload's `machines` or `group`."""
    (folder / "start-echo.sh").write_text(STARTUP)

    def change(config: dict[str, Any]) -> None:
        for key in ("ssh", "exposed"):
            del config[key]
        config["cluster"]["podsCidr"] = str(PODS)
        config["sidecar"] = {"url": mirror.url, "sha256": mirror.sha256}
        config["gce"] = {"project": PROJECT, "zone": ZONES[0], "region": REGION}
        # A network that nobody is on is refused.
        used = {machine.get("network", NETWORK) for machine in of_workload.get("machines", [{}])}
        config["networks"] = [{"name": name, "apiServer": WAYS[name]} for name in sorted(used)]
        (workload,) = config["workloads"]
        for key in ("commands", "machines"):
            del workload[key]
        workload.update(of_workload)

    return change
