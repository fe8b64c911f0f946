"""Calls a plugin's functions, with the plugin's own error messages.

For what is in the cluster already, or what others make there, the program calls functions and not look-ups of the
Kubernetes provider (`.get`). A look-up is in the state, and each `refresh --preview-only` after an `up` counts it as an
update without a difference (tried with pulumi 3.250.0 and pulumi-kubernetes 4.25.0 and 4.29.0).
"""

from collections.abc import Mapping
from typing import Any, cast

import pulumi

from meshx.control_plane.ask import Ask
from meshx.stack.awaited_outputs import unknown_output


class UnknownClusterError(Exception):
    """A preview that does not know the cluster yet can't ask it: the engine answers for the plugin, with nothing
    (pulumi/sdk/go/common/resource/plugin/provider_plugin.go, Invoke). The text is the function's token."""


def asked(
    function: str,
    arguments: dict[str, Any],
    parent: pulumi.Resource | None = None,
    provider: pulumi.ProviderResource | None = None,
) -> dict[str, Any]:
    """The result of a plugin's function; pulumi.RunError with the plugin's own message if it fails.

    The plugin is `provider`, or the one that resources of `parent` have.
    """
    try:
        result = pulumi.runtime.invoke(function, arguments, pulumi.InvokeOptions(parent=parent, provider=provider))
    # The SDK has no narrower error (pulumi/runtime/invoke.py).
    except Exception as error:
        raise _in_own_words(function, error) from None
    answer = cast("dict[str, Any]", result.value)
    if not answer and pulumi.runtime.is_dry_run():
        raise UnknownClusterError(function)
    return answer


def asking(parent: pulumi.Resource) -> Ask:
    """What asks the plugin that resources of `parent` have."""
    return lambda function, arguments: asked(function, arguments, parent)


def asked_after(
    first: pulumi.CustomResource, function: str, arguments: Mapping[str, Any], parent: pulumi.Resource
) -> pulumi.Output[dict[str, Any]]:
    """The result of a plugin's function once `first` exists; unknown in a preview that has yet to create it.

    If `first` exists and only changes, a preview has the present result.
    """

    async def ask(_: str) -> Any:
        try:
            answer = await pulumi.runtime.invoke_async(function, dict(arguments), pulumi.InvokeOptions(parent=parent))
        except Exception as error:  # as above
            raise _in_own_words(function, error) from None
        if not answer and pulumi.runtime.is_dry_run():
            return unknown_output()  # as above
        return answer

    return first.id.apply(ask)


def _in_own_words(function: str, error: Exception) -> pulumi.RunError:
    # The SDK and the engine put their own words before the plugin's message.
    return pulumi.RunError(str(error).rpartition(f"{function} returned an error: ")[2])
