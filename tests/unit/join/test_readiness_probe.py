"""Probes in Istio's form."""

from meshx.config.sections.probe import ProbeConfiguration, TcpProbe
from meshx.join.readiness_probe import istio_probe


def test_a_tcp_probe_goes_where_the_packet_rules_leave_it_alone():
    probe = istio_probe(ProbeConfiguration(tcp=TcpProbe(port=8080)))
    assert probe["tcpSocket"] == {"host": "127.0.0.1", "port": 8080}
