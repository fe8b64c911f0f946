"""The program's side of a domain that the cluster's DNS forwards; meshx/provider implements it."""

from collections.abc import Sequence
from typing import TypedDict

import pulumi


class DnsStubArgs(TypedDict):
    """What to forward, in the shapes of meshx/provider/dns_stub_resource.py."""

    domain: str
    servers: Sequence[pulumi.Input[str]]
    kind: str
    owner: str
    """The value of the stack's owner label."""


class DnsStub(pulumi.CustomResource):
    """A stub domain: CoreDNS gets a server block, kube-dns an entry in `stubDomains`; the rest does not change.

    **Pulumi Type:** `meshx:index:DnsStub`.
    """

    def __init__(self, name: str, args: DnsStubArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        props = {**args, "servedBy": None, "configMap": None, "madeConfigMap": None}
        super().__init__("meshx:index:DnsStub", name, props, opts)
