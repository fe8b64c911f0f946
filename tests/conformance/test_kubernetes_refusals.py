"""What the stand-in does not do, it refuses by name; the official plugin does these and is not asked here."""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.api_server import ApiServer
from tests.conformance.conftest import STAND_IN
from tests.conformance.engine import Engine, FailedError, engine_on

METADATA = {"name": "one", "namespace": "default"}


@pytest.fixture(scope="module")
def stand_in(api_server: ApiServer, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The stand-in, whatever other plugins there are."""
    with engine_on(STAND_IN, "kubernetes", environment, tmp_path_factory.mktemp("project")) as started:
        started.configure(kubeconfig=str(api_server.kubeconfig))
        yield started


@pytest.mark.parametrize(
    ("token", "inputs", "named"),
    [
        ("kubernetes:helm.sh/v4:Chart", {}, "kubernetes:helm.sh/v4:Chart"),
        ("kubernetes:yaml/v2:ConfigFile", {}, "kubernetes:yaml/v2:ConfigFile"),
        ("kubernetes:helm.sh/v3:Release", {"chart": ".", "postrender": "x"}, "postrender"),
        (
            "kubernetes:helm.sh/v3:Release",
            {"chart": "x", "repositoryOpts": {"password": "y"}},
            "repositoryOpts.password",
        ),
        ("kubernetes:apps/v1:StatefulSet", {"apiVersion": "apps/v1", "kind": "StatefulSet"}, "StatefulSet"),
        ("kubernetes:batch/v1:Job", {"apiVersion": "batch/v1", "kind": "Job"}, "Job"),
    ],
)
def test_a_resource_it_does_not_serve_is_refused_by_name(
    stand_in: Engine, token: str, inputs: dict[str, Any], named: str
) -> None:
    """Better than to do half of it."""
    with pytest.raises(
        FailedError, match=r"the sandbox's kubernetes plugin does not .*use the official plugin"
    ) as error:
        stand_in.check(token, {**inputs, **({"metadata": METADATA} if "kind" in inputs else {})})
    assert named in str(error.value)


@pytest.mark.parametrize(
    "values", [{"renderYamlToDirectory": "/x"}, {"cluster": "x"}, {"kubeClientSettings": '{"qps": 1}'}]
)
def test_configuration_it_does_not_serve_is_refused_by_name(
    environment: dict[str, str], tmp_path: Path, values: dict[str, str]
) -> None:
    """So that nobody believes it had an effect."""
    with (
        engine_on(STAND_IN, "kubernetes", environment, tmp_path) as started,
        pytest.raises(FailedError, match=f"does not do {next(iter(values))}; use the official plugin"),
    ):
        started.configure(**values)
