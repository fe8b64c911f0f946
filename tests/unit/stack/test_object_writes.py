"""Whether the Kubernetes plugin is told to put right what others changed."""

import pulumi_kubernetes
import pytest

from meshx.stack.object_writes import PATCH_FORCE, missing_variable


class _Knowing:
    enable_patch_force = None


class _Older:
    pass


@pytest.mark.parametrize(
    ("plugin", "environment", "told"),
    [
        (_Knowing, {}, False),
        (_Older, {PATCH_FORCE: "true"}, False),
        (_Older, {}, True),
        (_Older, {PATCH_FORCE: "false"}, True),
    ],
)
def test_a_plugin_that_needs_the_variable_is_told_of_unless_it_is_set(
    plugin: type, environment: dict[str, str], told: bool
) -> None:
    assert (f"export {PATCH_FORCE}=true" in missing_variable(plugin, environment)) is told


def test_the_pinned_plugin_is_one_that_needs_it() -> None:
    assert missing_variable(pulumi_kubernetes.ProviderArgs, {})
