"""Whatever stands in the file, the answer is a configuration or a list of problems, never a traceback."""

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from meshx.config.errors.problems import ConfigurationError
from meshx.config.errors.shapes import keys_of
from meshx.config.loading import load
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


def answer(values: dict[str, Any], folder: Path) -> str:
    """Loads values and checks what every answer must be; says which it was."""
    try:
        configuration = load(values, folder)
    except ConfigurationError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.path.startswith("meshx:")
            assert problem.wrong
            assert problem.remedy
        str(error).encode()
        return "problems"
    for machine in configuration.machines:
        assert machine.workload.account
        assert machine.ssh.host
        assert machine.workload.effective_probe is None or machine.workload.ports
    return "stands"


@settings(max_examples=2000, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_changed_configuration_stands_or_is_told_its_problems(data, values, project):
    event(answer(data.draw(changed(values)), project))


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(anything=st.dictionaries(st.sampled_from(KNOWN_KEYS) | TEXTS, JSON, max_size=6))
def test_any_values_at_all_are_told_their_problems(anything, project):
    assert answer(anything, project) == "problems"


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_answer_does_not_depend_on_the_order_of_keys(data, values, project):
    forwards = data.draw(changed(values))
    told: list[str] = []
    for one in (forwards, dict(reversed(forwards.items()))):
        try:
            load(one, project)
            told.append("")
        except ConfigurationError as error:
            told.append(str(error))
    assert told[0] == told[1]


def test_the_types_of_all_sections_can_be_told(project):
    for key in KNOWN_KEYS:
        with pytest.raises(ConfigurationError) as raised:
            load({"cluster": {"context": "x"}, "mesh": {"istioVersion": "1.31"}} | {key: 3.5}, project)
        assert any(problem.path == f"meshx:{key}" for problem in raised.value.problems), key
        assert key in {str(field.alias) for field in StackConfiguration.model_fields.values()}
