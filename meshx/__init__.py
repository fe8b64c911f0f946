"""meshx: virtual machines and bare-metal hosts in an Istio mesh, as a Pulumi program and component library.

The public names. Each is loaded at its first use: the engine waits until a plugin's process has started, so that
process imports subpackages and never the Pulumi SDK.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from meshx.version import VERSION

if TYPE_CHECKING:
    from meshx.config.errors.problems import ConfigurationError
    from meshx.config.stack import StackConfiguration
    from meshx.mesh import Mesh, MeshArgs
    from meshx.program import mesh_from_stack_file
    from meshx.stack.providers import providers
    from meshx.stack.resource_registration import begin_registrations
    from meshx.stack.stack_configuration import read

__all__ = [
    "ConfigurationError",
    "Mesh",
    "MeshArgs",
    "StackConfiguration",
    "begin_registrations",
    "mesh_from_stack_file",
    "providers",
    "read",
]

__version__ = VERSION

_HOMES = {
    "ConfigurationError": "meshx.config.errors.problems",
    "Mesh": "meshx.mesh",
    "MeshArgs": "meshx.mesh",
    "StackConfiguration": "meshx.config.stack",
    "begin_registrations": "meshx.stack.resource_registration",
    "mesh_from_stack_file": "meshx.program",
    "providers": "meshx.stack.providers",
    "read": "meshx.stack.stack_configuration",
}


def __getattr__(name: str) -> object:
    """A public name, loaded now (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
