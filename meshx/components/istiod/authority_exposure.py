"""A CA other than istiod behind the east-west gateway, where machines ask for their certificates."""

from typing import TypedDict

import pulumi

from meshx.components.istiod.system_object import system_object
from meshx.control_plane.adopted_facts import revisioned
from meshx.istio.certificate_authority import CertificateAuthority
from meshx.istio.ports import ISTIOD_TLS_PORT
from meshx.join.facts import ControlPlaneFacts


class AuthorityExposureArgs(TypedDict):
    """The arguments for exposing a CA."""

    authority: CertificateAuthority
    facts: ControlPlaneFacts
    labels: dict[str, str]
    """Labels of everything made in the cluster."""
    selector: dict[str, str]
    """The labels of the gateway's pods."""
    control_plane: list[pulumi.Resource]
    """What must exist first: the custom resource definitions and the webhook that validates them."""


def authority_exposure(args: AuthorityExposureArgs, parent: pulumi.Resource) -> list[pulumi.Resource]:
    """Pass TLS on to the CA's Service, unopened, for those who ask the gateway for the CA's name (SNI) at port 15012.

    The port is istiod's as well: the gateway tells them apart by name, and a Gateway of its own leaves that of istiod,
    which may be another owner's, as it is.
    """
    authority, facts = args["authority"], args["facts"]
    options = pulumi.ResourceOptions(parent=parent, depends_on=args["control_plane"])
    gateway_name, service_name = (revisioned(f"meshx-ca-{kind}", facts.revision) for kind in ("gateway", "vs"))
    server = {
        "port": {"name": "tls-ca", "number": ISTIOD_TLS_PORT, "protocol": "TLS"},
        "tls": {"mode": "PASSTHROUGH"},
        "hosts": [authority.host],
    }
    gateway = {"selector": args["selector"], "servers": [server]}
    destination = {"host": authority.service_host, "port": {"number": authority.port}}
    service = {
        "hosts": [authority.host],
        "gateways": [gateway_name],
        "tls": [
            {
                "match": [{"port": ISTIOD_TLS_PORT, "sniHosts": [authority.host]}],
                "route": [{"destination": destination}],
            }
        ],
    }
    return [
        system_object(gateway_name, facts, args["labels"], gateway, options, kind="Gateway"),
        system_object(service_name, facts, args["labels"], service, options, kind="VirtualService"),
    ]
