"""Resources that are on their way to the engine before the program ends."""

import pulumi
from pulumi.runtime.settings import SETTINGS

from meshx.stack.resource_registration import begin_registrations
from tests.program.recorded_program import run_program


def test_registrations_begin_before_the_end_of_the_program_and_none_is_lost() -> None:
    begun: list[int] = []

    def program() -> None:
        for name in ("one", "two"):
            pulumi.ComponentResource("test:index:Thing", name)
        begun.append(len(SETTINGS.rpc_manager.rpcs))
        begin_registrations()
        begun.append(len(SETTINGS.rpc_manager.rpcs))

    registered = run_program(program, {})
    assert [one.name for one in registered] == ["one", "two"]
    assert begun[0] < begun[1]
