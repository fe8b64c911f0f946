"""What can go wrong between here and a machine; every text names the machine, the cause and the remedy."""

from __future__ import annotations

from meshx.plugin_base.custom_resource import ResourceError


class MachineError(ResourceError):
    """The base of all of them."""


class UntouchedError(MachineError):
    """It failed before anything was changed on the machine."""


class UnreachableError(UntouchedError):
    """No session came about: no way to the host, another host key, or the user is not let in."""


class SessionLostError(MachineError):
    """A session ended before the script did; what it was doing may go on over there."""


class UnfitMachineError(UntouchedError):
    """The machine lacks something."""


class PackageWantedError(MachineError):
    """join.sh asks for the package, which was not sent along."""


class ScriptError(MachineError):
    """A script on the machine failed half-way."""
