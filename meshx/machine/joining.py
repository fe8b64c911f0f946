"""Joins a machine.

Every wait has a limit. Each step looks first and does only what is missing, so that the next run continues one that was
cut short.
"""

from __future__ import annotations

from meshx.machine.delivering import deliver
from meshx.machine.join_inputs import JoinInputs
from meshx.machine.line import Line
from meshx.machine.machine_errors import ScriptError, UntouchedError
from meshx.machine.observation import Observation
from meshx.machine.proving.trial import kept_if_it_serves, serving_before, undone_if_it_fails
from meshx.machine.restarting import Restart
from meshx.machine.taking_part import await_part


async def bring_in(inputs: JoinInputs, line: Line, first: bool = False, serves_by: str | None = None) -> Observation:
    """Make the machine what the bundle says, and wait until the proxy and istiod say that it is in the mesh.

    ``first``: the program that its probe asks may start only after this. ``serves_by``: the entry by which callers find
    the machine so far, if it is another one than that of the inputs. Raises UntouchedError with nothing changed
    there; else MachineError, NotReadyError or ClusterError.
    """
    around = line.around
    async with Restart(inputs, around.cluster, around.operation, serves_by, around.max_unavailable) as restart:
        before = await serving_before(inputs, line)
        async with undone_if_it_fails(inputs, line):
            started = await deliver(inputs, line, restart)
            if started and not first:
                around.cluster.api.restarted.add((inputs.machine, False))
            try:
                seen = await await_part(inputs, line, restart, started, first)
                return await kept_if_it_serves(inputs, line, before, seen)
            except UntouchedError as error:
                raise ScriptError(f"the sidecar was delivered, but then: {error}") from None
