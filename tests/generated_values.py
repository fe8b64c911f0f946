"""Configurations as hypothesis makes them: the values of one that stands, changed anywhere."""

import copy
from typing import Any

from hypothesis import strategies as st

from meshx.config.errors.shapes import keys_of
from meshx.config.sections.dns import DnsConfiguration
from meshx.config.sections.exposed import ExposedConfiguration
from meshx.config.sections.networks import NetworkConfiguration
from meshx.config.sections.workload import MachineConfiguration, WorkloadConfiguration
from meshx.config.stack import StackConfiguration

SECTIONS = (WorkloadConfiguration, MachineConfiguration, NetworkConfiguration, ExposedConfiguration, DnsConfiguration)
KNOWN_KEYS = sorted(keys_of(StackConfiguration))
KEYS = sorted({*KNOWN_KEYS, *(key for section in SECTIONS for key in keys_of(section)), "tcp", "http", "exec"})
PLAUSIBLE: list[Any] = [
    *("1.31", "1.4", "vm-1", "vm", "none", "auto", "network2", "id", "id.pub", "charts", "kubeconfig", "/", "~", ""),
    *("10.77.0.12", "10.96.0.1", "10.0.0.0/8", "::1", "HTTP", "fail", "ssh-ed25519 AAAA", "https://x.example/a.deb"),
    *(0, 1, 22, 80, 15001, 65536, -1, 10**30, 1.31, float("inf"), float("nan"), True, False, None, [], {}),
    *({"port": 80}, {"tcp": {"port": 8080}}, {"host": "bastion"}, [{"name": "http", "port": 80}]),
    *([{"name": "network2", "reachable": False}], {"servers": ["10.0.0.53"]}),
    [{"service": "httpbin", "namespace": "bar", "port": 8000}],
]
TEXTS = st.text(st.characters(), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.sampled_from(PLAUSIBLE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | TEXTS, inner, max_size=3),
    max_leaves=5,
).map(copy.deepcopy)


def containers(value: Any) -> list[Any]:
    """All groups of keys and lists of a value, itself included."""
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [value] if isinstance(value, dict | list) else []
    return found + [container for part in below for container in containers(part)]


@st.composite
def changed(draw: st.DrawFn, values: dict[str, Any]) -> dict[str, Any]:
    """The values after a few changes anywhere: something replaced, taken out, put in, or there twice."""
    result = copy.deepcopy(values)
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.sampled_from(containers(result)))
        steps = list(place) if isinstance(place, dict) else list(range(len(place)))
        change = draw(st.sampled_from(["replace", "remove", "add", "repeat"]))
        if isinstance(place, dict) and (change == "add" or not steps):
            place[draw(st.sampled_from(KEYS) | TEXTS)] = draw(JSON)
        elif change == "add" or not steps:
            place.append(draw(JSON))
        elif change == "replace":
            place[draw(st.sampled_from(steps))] = draw(JSON)
        elif change == "remove":
            del place[draw(st.sampled_from(steps))]
        elif isinstance(place, list):
            place.append(copy.deepcopy(place[draw(st.sampled_from(steps))]))
    return result
