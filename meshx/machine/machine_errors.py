"""What can go wrong between here and a machine; every text names the machine, the cause and the remedy."""

from __future__ import annotations

from meshx.plugin_base.custom_resource import ResourceError


class MachineError(ResourceError):
    """The base of these errors."""


class UntouchedError(MachineError):
    """The operation failed before it changed anything on the machine."""


class UnreachableError(UntouchedError):
    """No session: no way to the host, another host key, or the host refuses the user."""


class SessionLostError(MachineError):
    """A session ended before the script did; the script may still run on the machine."""


class UnfitMachineError(UntouchedError):
    """The machine lacks something."""


class PackageWantedError(MachineError):
    """join.sh needs the package, which the delivery did not have."""


class ScriptError(MachineError):
    """A script on the machine failed half-way."""
