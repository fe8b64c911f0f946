"""Port 15443 is left to the calls between networks."""

from policy.rules.gateways import RULE
from policy.rules.rule import Resource
from tests.unit.policy.judging import resource, said_of_stack


def _gateway(name: str, mode: str, port: float = 15443.0) -> Resource:
    servers = [{"port": {"number": port, "protocol": "TLS"}, "tls": {"mode": mode}, "hosts": ["*.local"]}]
    made = resource("kubernetes:networking.istio.io/v1:Gateway", spec={"servers": servers})
    return Resource(made.type, name, f"{made.urn}-{name}", made.properties)


ACROSS = _gateway("cross-network-gateway", "AUTO_PASSTHROUGH")


def test_a_gateway_of_ones_own_on_15443_is_found_where_networks_need_it() -> None:
    said = said_of_stack(RULE, ACROSS, _gateway("shop", "SIMPLE"))
    assert list(said) == ["shop"] and "Put it on another port" in said["shop"]


def test_another_port_and_a_stack_of_one_network_pass() -> None:
    assert not said_of_stack(RULE, ACROSS, _gateway("shop", "SIMPLE", 8443.0))
    assert not said_of_stack(RULE, _gateway("shop", "SIMPLE"))
