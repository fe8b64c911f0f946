"""Two meshes on one cluster in one program: the first installs the control plane, the second adopts it."""

from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
import yaml

from meshx import Mesh, begin_registrations

CONTEXT = "meshx-sandbox"
KUBECONFIG = Path(".sandbox/kubeconfig").read_text(encoding="utf-8")
DEV = yaml.safe_load(Path("Pulumi.dev.yaml").read_text(encoding="utf-8"))["config"]
"""The sandbox's own stack, for what its Istio needs."""
second = pulumi.Config("test").get_bool("second")

others = kubernetes.Provider("others", kubeconfig=KUBECONFIG, context=CONTEXT)
facts = kubernetes.core.v1.ConfigMap(
    "facts",
    metadata={"name": "facts-of-machines", "namespace": "default"},
    data={"vm-1": "10.77.0.11", "vm-3": "10.77.0.13"},
    opts=pulumi.ResourceOptions(provider=others),
)


def machine(name: str) -> dict:
    """One of the sandbox's machines; its address is known once the ConfigMap is there."""
    address = pulumi.Output.all(facts.id, facts.data).apply(lambda found: found[1][name])
    host_key = Path(f".sandbox/machines/{name}/ssh_host_ed25519_key.pub").read_text(encoding="utf-8")
    return {"name": name, "address": address, "ssh": {"host_key": pulumi.Output.secret(host_key)}}


def workload(name: str, on: str) -> dict:
    """A workload of one machine."""
    return {
        "name": name,
        "namespace": f"{name}-vms",
        "ports": [{"name": "http", "port": 8080}],
        # The machine's HTTP server, whose unit is there and does not run.
        "commands": {"up": "systemctl enable --now echo-http", "down": "systemctl disable --now echo-http"},
        "machines": [machine(on)],
    }


common = {
    "cluster": {"context": CONTEXT},
    "kubeconfig": pulumi.Output.secret(KUBECONFIG),
    "sidecar": DEV["meshx:sidecar"],
    "ssh": {"private_key_file": ".sandbox/ssh/id_ed25519", "agent_socket": ".sandbox/ssh/agent.sock"},
}
base = Mesh(
    "base",
    {
        **common,
        "mesh": DEV["meshx:mesh"],
        "workloads": [workload("ledger", "vm-1")],
    },
)
pulumi.export("base", base.machines)
if second:
    adopted = {"istio_version": "1.31", "install": {"control_plane": False, "gateway": False}}
    other = Mesh("other", {**common, "mesh": adopted, "workloads": [workload("till", "vm-3")]})
    pulumi.export("other", other.machines)
begin_registrations()
