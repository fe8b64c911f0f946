"""The resource `command:remote:Command`: commands run on a host when it is made, changed and removed.

Official plugin: provider/pkg/provider/remote/commandController.go; what a preview shows is pulumi-go-provider's
(infer/resource.go, getDependencies). Check and Diff are service.py's.
"""

import asyncio
import secrets
from typing import Any

from meshx.plugin_base.custom_resource import Diff, Operation, Resource
from meshx.plugin_base.property_diff import has_unknown, unknown_outputs
from sandbox.pulumi.command.dialling import dialled
from sandbox.pulumi.command.differences import difference
from sandbox.pulumi.command.remote_session import run

OUTPUTS = ("stdout", "stderr")


class RemoteCommand(Resource):
    """Serves all remote commands. The state is the inputs with `stdout` and `stderr` of the last command."""

    def diff(
        self,
        resource_id: str,
        olds: dict[str, Any],
        old_inputs: dict[str, Any],
        news: dict[str, Any],
        operation: Operation,
    ) -> Diff:
        return difference(old_inputs, olds, news, operation.ignore_changes)

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
        wanted = {**news, **{key: olds[key] for key in operation.ignore_changes if key in olds}}
        state = {**wanted, **{output: olds.get(output, "") for output in OUTPUTS}}
        if operation.preview:
            return {**wanted, **unknown_outputs(OUTPUTS)} if has_unknown(wanted) else state
        command = wanted.get("update")
        return self._run(wanted.get("create") if command is None else command, state, operation)

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
