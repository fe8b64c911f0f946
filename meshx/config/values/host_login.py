"""A login to a host, over SSH. Loads nothing: the plugin has it too, for whose start the engine waits."""

from dataclasses import dataclass


@dataclass(frozen=True)
class HostLogin:
    """Where to log in, as whom, and the public key that the host must show, `type base64` ("" where any is taken)."""

    host: str
    port: int
    user: str
    host_key: str
