"""A machine that an earlier meshx has joined, with root's files in folders of the proxy's, is closed by one `up`."""

from __future__ import annotations

import pytest

from tests.e2e.attacks.conftest import Victim
from tests.e2e.machine.deliveries import MACHINE, shell

pytestmark = pytest.mark.usefixtures("sandbox")

UNIT = "/etc/systemd/system/istio.service.d/meshx.conf"
EARLIER = f"""
set -e
mv /var/lib/meshx/sidecar/cluster.env /var/lib/istio/envoy/
rm -r /var/lib/meshx/sidecar
chown root:root /etc/certs/root-cert.pem
chown istio-proxy:istio-proxy /var/lib/istio/envoy /var/lib/istio/config
sed -i /^Environment=ISTIO_/d {UNIT}
echo ISTIO_AGENT_FLAGS=--proxyLogLevel=info >>/var/lib/istio/envoy/sidecar.env
systemctl daemon-reload
systemctl is-active istio
"""
PLACES = "/var/lib/meshx/sidecar/cluster.env /var/lib/istio/envoy /var/lib/istio/config /etc/certs/root-cert.pem"


def test_its_files_move_and_its_sidecar_goes_on(victim: Victim) -> None:
    started = "systemctl show -p InvocationID -p MainPID istio"
    victim.deliveries.join()
    shell(MACHINE, EARLIER)
    before = shell(MACHINE, started)
    said = victim.deliveries.join()
    assert "file /var/lib/meshx/sidecar/cluster.env\n" in said
    assert "unit started" not in said
    assert shell(MACHINE, started) == before
    assert shell(MACHINE, f"stat -c %U {PLACES}").split() == ["root", "root", "root", "istio-proxy"]
    assert shell(MACHINE, "ls /var/lib/istio/envoy") == "envoy_bootstrap_tmpl.json\nsidecar.env\n"
    taken_over = "tail -n 1 /var/lib/meshx/sidecar/sidecar.env; systemctl show -p Environment istio"
    assert shell(MACHINE, taken_over).split() == [
        "ISTIO_AGENT_FLAGS=--proxyLogLevel=info",
        "Environment=ISTIO_CLUSTER_CONFIG=/var/lib/meshx/sidecar/cluster.env",
        "ISTIO_SIDECAR_CONFIG=/var/lib/meshx/sidecar/sidecar.env",
        "FORCE_IPTABLES_BINARY=nft",
    ]
    assert "file " not in victim.deliveries.join()
