"""Where machines reach the mesh's gateway: an IP address or a host name, and the ports behind which istiod's and the
cluster's services are.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from meshx.istio.ports import CROSS_NETWORK_PORT, ISTIOD_TLS_PORT


@dataclass(frozen=True)
class GatewayEndpoint:
    """host: an IP address, or a host name that machines resolve themselves, each time they connect.

    control_plane: the port that stands for 15012, services: the one that stands for 15443. Both differ behind a mapping
    of ports alone.
    """

    host: str
    control_plane: int = ISTIOD_TLS_PORT
    services: int = CROSS_NETWORK_PORT

    @property
    def is_name(self) -> bool:
        """Whether the host is a name, and no address."""
        try:
            ip_address(self.host)
        except ValueError:
            return True
        return False

    @property
    def hosts_address(self) -> str:
        """What /etc/hosts has for the control plane's names: the address; "" for a host name, which stands nowhere
        there.
        """
        return "" if self.is_name else self.host

    def port(self, number: int) -> int:
        """The port by which machines reach a port of the gateway's own."""
        return {ISTIOD_TLS_PORT: self.control_plane, CROSS_NETWORK_PORT: self.services}.get(number, number)


AT_AN_ADDRESS = GatewayEndpoint("0.0.0.0")  # noqa: S104 - no host listens there
"""Any address, with the gateway's own ports: no file of a machine depends on which it is."""
