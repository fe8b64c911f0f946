"""Forwards what the configuration says to the cluster of a kubeconfig."""

import signal

import pulumi

from meshx.components.resources.dns_stub import DnsStub
from meshx.stack.meshx_provider import MachinesProvider

signal.signal(signal.SIGINT, signal.SIG_DFL)  # as the project's own program

config = pulumi.Config("dns")
provider = MachinesProvider(
    "machines",
    {
        "kubeconfigFile": config.require("kubeconfig"),
        "context": "tests",
        "sshPrivateKeyFile": None,
        "sshPrivateKey": None,
    },
)
if config.get("servers"):
    DnsStub(
        "dns-stub",
        {
            "domain": config.get("domain") or "global",
            "servers": config.require("servers").split(),
            "kind": "auto",
            "owner": "meshx.dev",
        },
        pulumi.ResourceOptions(provider=provider),
    )
