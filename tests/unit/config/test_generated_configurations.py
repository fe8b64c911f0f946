"""Whatever stands in the file, the answer is a configuration or a list of problems, never a traceback."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from meshx.config.errors.problems import ConfigurationError
from meshx.config.loading import load
from meshx.config.stack import StackConfiguration
from tests.generated_values import JSON, KNOWN_KEYS, TEXTS, changed


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
@example(anything={"[key]": None})
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
