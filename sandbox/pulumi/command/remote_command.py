"""The resource `command:remote:Command`: commands run on a host when it is made, changed and removed.

Official plugin: provider/pkg/provider/remote/commandController.go; the diff is pulumi-go-provider's
(infer/resource.go, diff): inputs against the state's, `triggers` alone replace, never deleting first.
"""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any

from meshx.provider.custom_resource import CheckFailure, Diff, Operation, Resource
from meshx.provider.property_diff import compare, unknown_outputs
from sandbox.pulumi.command.command_inputs import COMMAND, checked
from sandbox.pulumi.command.dialling import dialled
from sandbox.pulumi.command.remote_session import run

OUTPUTS = ("stdout", "stderr")


class RemoteCommand(Resource):
    """Serves all remote commands. The state is the inputs with `stdout` and `stderr` of the last command."""

    def check(
        self, news: dict[str, Any], olds: dict[str, Any] | None, operation: Operation
    ) -> tuple[dict[str, Any], Sequence[CheckFailure]]:
        return checked(news)

    def diff(
        self,
        resource_id: str,
        olds: dict[str, Any],
        old_inputs: dict[str, Any],
        news: dict[str, Any],
        operation: Operation,
    ) -> Diff:
        ignored = {key: olds[key] for key in operation.ignore_changes if key in olds}
        return compare({key: olds[key] for key in COMMAND if key in olds}, {**news, **ignored}, replace_on=["triggers"])

    def create(self, news: dict[str, Any], operation: Operation) -> tuple[str, dict[str, Any]]:
        resource_id = f"{operation.name}{secrets.token_hex(4)}"
        if operation.preview:
            return resource_id, {**news, **unknown_outputs(OUTPUTS)}
        return resource_id, self._run(news.get("create"), {**news, **dict.fromkeys(OUTPUTS, "")}, operation)

    def update(
        self,
        resource_id: str,
        olds: dict[str, Any],
        old_inputs: dict[str, Any],
        news: dict[str, Any],
        operation: Operation,
    ) -> dict[str, Any]:
        if operation.preview:
            return {**news, **unknown_outputs(OUTPUTS)}
        state = {**news, **{output: olds.get(output, "") for output in OUTPUTS}}
        command = news.get("update")
        return self._run(news.get("create") if command is None else command, state, operation)

    def delete(self, resource_id: str, olds: dict[str, Any], old_inputs: dict[str, Any], operation: Operation) -> None:
        self._run(olds.get("delete"), olds, operation)

    def _run(self, command: str | None, state: dict[str, Any], operation: Operation) -> dict[str, Any]:
        """Run a command, if there is one; returns the state after it. Raises ResourceError."""
        if command is None:
            return state

        async def connect_and_run() -> dict[str, str]:
            async with dialled(state["connection"], operation) as connection:
                return await run(connection, state, command, operation)

        return {**state, **asyncio.run(connect_and_run())}
