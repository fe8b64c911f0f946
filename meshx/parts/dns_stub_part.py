"""A domain that the cluster's DNS asks other servers for, alone."""

import pulumi

from meshx.arguments import DnsArgs
from meshx.components.foundation import making
from meshx.components.resources.dns_stub import DnsStub as StubDomain
from meshx.components.resources.dns_stub import DnsStubArgs
from meshx.parts.added_part import added, added_foundation, refused
from meshx.parts.records import PartedMesh
from meshx.stack.logical_names import named


class DnsStub(pulumi.ComponentResource):
    """A stub domain: CoreDNS gets a server block, kube-dns an entry in `stubDomains`; the rest does not change.

    **Pulumi Type:** `meshx:index:ForwardedDomain`. Produces a DnsStub.
    """

    domain: str
    """The domain that is forwarded, with all names below it."""

    def __init__(
        self,
        name: str,
        args: DnsArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        control_plane: PartedMesh,
    ) -> None:
        """Raises RefusedConfigurationError, a pulumi.RunError, with all that is wrong."""
        given = added(name, control_plane, {"dns": args})
        dns = given.configuration.dns
        if not dns.servers:
            raise refused(("dns", "servers"), f"{name} forwards nothing without servers", 'such as ["10.0.0.53"]')
        with making(given):
            base = added_foundation(f"dns-{name}", given, control_plane, opts)
            super().__init__("meshx:index:ForwardedDomain", name, None, base.options)
            forwarded: DnsStubArgs = {
                "domain": dns.domain,
                "servers": list(dns.servers),
                "kind": dns.kind,
                "owner": base.owner.mark,
            }
            StubDomain(named("dns-stub"), forwarded, pulumi.ResourceOptions(parent=self))
        self.domain = dns.domain
        self.register_outputs({"domain": self.domain})
